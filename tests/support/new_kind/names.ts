import { KIND_PATTERN } from "../../../runtime/actor/address.ts";

export type Shape = "job" | "actor";

/** What a new kind is called wherever it is named. */
export interface KindNames {
  readonly shape: Shape;
  /** Of the kind or job type: kebab-case. */
  readonly kind: string;
  /** What its module exports. */
  readonly variable: string;
  /** Project paths. */
  readonly folder: string;
  readonly source: string;
  readonly test: string;
}

/** As a file's name, with room for what is added to it. */
const MAX_CHARS = 60;

/** What an actor's constant cannot be called: words of the language, and what its module, its test and the registry import. */
const TAKEN = new Set(
  ("arguments await break case catch class const continue debugger default delete do else enum eval export extends false " +
    "finally for function if implements import in instanceof interface let new null package private protected public return " +
    "static super switch this throw true try typeof undefined var void while with yield assert z registry " +
    "testActor defineActor createRegistry")
    .split(" "),
);

/** The names of a new kind, or what is wrong with the one that was asked for. */
export function namesOf(shape: Shape, kind: string): KindNames | string {
  if (!KIND_PATTERN.test(kind)) return `${JSON.stringify(kind)} is not kebab-case: a-z and 0-9, with - between words`;
  if (kind.length > MAX_CHARS) return `A name of ${kind.length} characters is too long: at most ${MAX_CHARS}`;
  const snake = kind.replaceAll("-", "_");
  const camel = kind.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const folder = `actors/${snake}`;
  return {
    shape,
    kind,
    folder,
    variable: shape === "job" ? `${camel}Job` : TAKEN.has(camel) ? `${camel}Actor` : camel,
    source: shape === "job" ? `${folder}/${snake}_job.ts` : `${folder}/${snake}.ts`,
    test: `tests/unit/${snake}_test.ts`,
  };
}
