import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder, absolute, without a slash at its end. */
export const projectRoot: string = resolve(fileURLToPath(new URL("../../../", import.meta.url)));

/** The package's own names, as the `exports` of the root deno.json spell them. */
const SELF_IMPORTS: Readonly<Record<string, string>> = {
  "@mailroom/mailroom": "actors/authoring.ts",
  "@mailroom/mailroom/runtime": "runtime/mod.ts",
};

/** What an import specifier points at: a file of this project, or a package (`kysely`, `@hono/zod-openapi`, `node:sqlite`). */
export type ImportTarget =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "package"; readonly name: string };

/** A file's place in the project with forward slashes (`runtime/core/clock.ts`); relative names are taken from the root. */
export function projectPath(filename: string): string {
  return relative(projectRoot, resolve(projectRoot, filename)).replaceAll("\\", "/");
}

/** Resolves a specifier as it stands in the file at `from`, which is a project path. */
export function importTarget(specifier: string, from: string): ImportTarget {
  const self = SELF_IMPORTS[specifier];
  if (self !== undefined) return { kind: "file", path: self };
  if (specifier.startsWith("file:")) return { kind: "file", path: projectPath(fileURLToPath(specifier)) };
  if (specifier.startsWith("/")) return { kind: "file", path: projectPath(specifier) };
  if (specifier.startsWith(".")) return { kind: "file", path: join(dirname(from), specifier).replaceAll("\\", "/") };
  return { kind: "package", name: packageName(specifier) };
}

/** `npm:@hono/zod-openapi@1.6.3/x` and `@hono/zod-openapi/x` are one package; `node:fs/promises` keeps its prefix. */
function packageName(specifier: string): string {
  const bare = specifier.replace(/^(npm|jsr):\/?/, "");
  const [first = "", second = ""] = bare.split("/");
  const name = first.startsWith("@") ? `${first}/${second}` : first;
  return name.replace(/(?<=.)@.*$/, "");
}
