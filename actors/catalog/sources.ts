import type { Context } from "../authoring.ts";
import { elementsOf, type Place } from "./elements.ts";
import { hashOf } from "./items.ts";
import type { Part, SourceRow } from "./rows.ts";
import type { Stager } from "./stager.ts";
import { catalogTables } from "./tables.ts";

const { queries } = catalogTables;

const PAGE = 2_000;
/** No catalogue is like that: it would take memory for each. */
const MOST_ELEMENTS = 50_000;

type Source = Pick<SourceRow, "internalId" | "reason">;

/** An element whose text is not known, or was set aside when it was read. */
export interface Pending extends Place {
  readonly hash: string;
}

/** The elements of an answer, told apart by what is known of their texts. */
export class Sources {
  /** Ids of elements that are as they were. */
  readonly unchanged: ReadonlySet<string>;
  /** In the order of the answer. */
  readonly pending: readonly Pending[];
  readonly #known: ReadonlyMap<string, Source>;
  readonly #found: ReadonlySet<string>;

  /** @throws {SyntaxError} when the answer is no such list */
  constructor(answer: string, part: Part, known: ReadonlyMap<string, Source>) {
    const places = elementsOf(answer, part);
    if (places.length > MOST_ELEMENTS) throw new SyntaxError(`It has more than ${MOST_ELEMENTS} ${part}`);
    const unchanged = new Set<string>();
    const found = new Set<string>();
    const pending: Pending[] = [];
    for (const { start, end } of places) {
      const hash = hashOf(answer.slice(start, end));
      if (found.has(hash)) continue;
      found.add(hash);
      const source = known.get(hash);
      if (source !== undefined && source.reason === null) unchanged.add(source.internalId!);
      else pending.push({ start, end, hash });
    }
    [this.unchanged, this.pending, this.#known, this.#found] = [unchanged, pending, known, found];
  }

  /** What was found out about an element, so that it need not be read again: `reason` where it was set aside. */
  judged(hash: string, source: Source, stager: Stager): void {
    const before = this.#known.get(hash);
    if (before !== undefined && before.internalId === source.internalId && before.reason === source.reason) return;
    stager.add("sources", [hash, source.internalId, source.reason]);
  }

  /** Forgets those that the answer does not have any more. Each yield is after one of them. */
  *forget(stager: Stager): Generator<void, void> {
    for (const hash of this.#known.keys()) {
      if (this.#found.has(hash)) continue;
      stager.add("sources-gone", [hash]);
      yield;
    }
  }
}

/** @throws {SyntaxError} as {@linkcode Sources} */
export async function readSources(ctx: Context, answer: string, part: Part): Promise<Sources> {
  const known = new Map<string, Source>();
  for (let after = "";;) {
    const page = await ctx.query(queries.sources, { part, after, limit: PAGE });
    for (const { hash, internalId, reason } of page) known.set(hash, { internalId, reason });
    if (page.length < PAGE) return new Sources(answer, part, known);
    after = page.at(-1)!.hash;
  }
}

/** Ids of what is listed and not in the answer any more. */
export async function goneFrom(ctx: Context, item: Part, listed: ReadonlySet<string>): Promise<readonly string[]> {
  const gone: string[] = [];
  for (let after = "";;) {
    const page = await ctx.query(queries.listed, { item, after, limit: PAGE });
    gone.push(...page.filter((id) => !listed.has(id)));
    if (page.length < PAGE) return gone;
    after = page.at(-1)!;
  }
}
