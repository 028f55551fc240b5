import { join } from "node:path";
import { importVisitor } from "./lint/imports.ts";
import { importTarget, projectRoot } from "./lint/project_path.ts";

/** Which of the project's files each file names, by project path; type-only imports count as well. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The TypeScript files at and under the given project paths, sorted; a path that does not exist has none. */
export async function sourceFiles(...roots: readonly string[]): Promise<string[]> {
  const found = await Promise.all(roots.map(filesUnder));
  return found.flat().filter((path) => /\.tsx?$/.test(path)).sort();
}

/**
 * Reads the imports of these files with the parser of `deno lint`, so it works under `deno test` only.
 * Imports of packages and of files outside the given ones are left out.
 */
export async function readImportGraph(paths: readonly string[]): Promise<ImportGraph> {
  const graph = new Map<string, readonly string[]>();
  for (const path of paths) {
    const source = await Deno.readTextFile(join(projectRoot, path));
    graph.set(path, importsOf(path, source).filter((target) => paths.includes(target)));
  }
  return graph;
}

/** Shortest cycles as `a → b → a`, so many that each file of any cycle stands in one of them; empty when there is none. */
export function importCycles(graph: ImportGraph): string[] {
  const reported = new Set<string>();
  const cycles: string[] = [];
  for (const path of graph.keys()) {
    const cycle = reported.has(path) ? undefined : shortestWayBack(graph, path);
    if (cycle === undefined) continue;
    cycle.forEach((member) => reported.add(member));
    cycles.push(cycle.join(" → "));
  }
  return cycles;
}

/** Breadth first from a file over its imports until one of them names it again. */
function shortestWayBack(graph: ImportGraph, start: string): string[] | undefined {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of graph.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

function importsOf(path: string, source: string): string[] {
  const targets = new Set<string>();
  const reader: Deno.lint.Rule = {
    create: () =>
      importVisitor(({ specifier }) => {
        const target = importTarget(specifier, path);
        if (target.kind === "file") targets.add(target.path);
      }),
  };
  Deno.lint.runPlugin({ name: "import-graph", rules: { reader } }, path, source);
  return [...targets];
}

async function filesUnder(root: string): Promise<string[]> {
  const stat = await Deno.stat(join(projectRoot, root)).catch(() => undefined);
  if (stat === undefined) return [];
  if (stat.isFile) return [root];
  const nested: string[] = [];
  for await (const { name } of Deno.readDir(join(projectRoot, root))) {
    nested.push(...await filesUnder(`${root}/${name}`));
  }
  return nested;
}
