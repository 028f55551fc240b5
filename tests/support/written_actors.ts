import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "./lint/project_path.ts";

/** A folder of kinds of a test's own, for a server under test. */
export interface WrittenActors extends AsyncDisposable {
  /** For `ACTORS`. */
  readonly mod: string;
}

/** Writes such a folder; `source` is its mod.ts, which exports a `registry` and imports packages by their names only. */
export async function writeActors(source: string): Promise<WrittenActors> {
  const dir = await Deno.makeTempDir({ prefix: "mailroom-actors-" });
  const serving = pathToFileURL(join(projectRoot, "runtime/host/serve.ts")).href;
  const files = {
    "mod.ts": source,
    "worker.ts": `
      import { serveWorker } from "${serving}";
      import { registry } from "./mod.ts";
      serveWorker(registry);
    `,
  };
  for (const [path, text] of Object.entries(files)) await Deno.writeTextFile(join(dir, path), text);
  return { mod: join(dir, "mod.ts"), [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}
