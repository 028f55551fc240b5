import assert from "node:assert/strict";
import { join } from "node:path";
import { SETTINGS } from "../../runtime/system/config.ts";
import { projectRoot } from "./lint/project_path.ts";
import { setupApp } from "./test_app.ts";

/** What a source system does, by the number of its line: in words, and a file with a test whose name bears that number. */
export type ShownLines = Readonly<Record<number, readonly [what: string, file: string]>>;

/** Each of these lines is in the name of a test of its file; `system` is what the numbers begin with, as `S4`. */
export async function assertShown(system: string, shown: ShownLines): Promise<void> {
  for (const [number, [what, file]] of Object.entries(shown)) {
    const text = await Deno.readTextFile(join(projectRoot, file));
    const name = new RegExp(`["\`].*\\b${system}-${number}\\b.*["\`]`);
    assert.match(text, name, `${system}-${number} (${what}) is in no name of ${file}`);
  }
}

/** Of each of these lines the README says what stands in its place, and the pages and settings that it names are there. */
export async function assertReplaced(system: string, numbers: readonly number[]): Promise<void> {
  const readme = await Deno.readTextFile(join(projectRoot, "README.md"));
  const [, section] = /^## What stands in the place of what$(.*?)^## /ms.exec(readme) ?? [];
  assert.ok(section, "the README has such a section");
  const rows = section.split("\n").flatMap((line) => {
    const [, there, here] = /^\| (.*?) +\| (.*?) +\|$/.exec(line) ?? [];
    return there === undefined ? [] : [{ there, here: here! }];
  });
  const served = new Set(setupApp().app.routes.map(({ path }) => path));
  const settings = new Set<string>(SETTINGS.map(({ name }) => name));
  for (const number of numbers) {
    const row = rows.find(({ there }) => new RegExp(`\\b${system}-${number}\\b`).test(there));
    assert.ok(row !== undefined && row.here.length > 20, `the README does not say what stands for ${system}-${number}`);
    const named = [...row.here.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
    for (const path of named.filter((code) => code.startsWith("/"))) assert.ok(served.has(path), `there is no ${path}`);
    for (const [name] of named.flatMap((code) => /^[A-Z_]+(?==|$)/.exec(code) ?? []).map((found) => [found])) {
      assert.ok(settings.has(name!), `there is no setting ${name}`);
    }
  }
}
