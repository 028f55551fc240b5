import { join } from "node:path";
import { projectRoot } from "./lint/project_path.ts";

/** What somebody gets who gets the program. */
const PROGRAM = ["deno.json", "deno.lock", "main.ts", "actors", "routes", "runtime"];
/** What somebody needs beside it who changes it. */
const WORKSHOP = ["README.md", "tests"];

/** A copy of the project in a folder of its own, which goes at the end. */
export interface CopiedProject extends AsyncDisposable {
  readonly folder: string;
}

export async function copyProject({ withTests }: { readonly withTests: boolean }): Promise<CopiedProject> {
  const folder = await Deno.makeTempDir({ prefix: "mailroom-copy-" });
  for (const name of [...PROGRAM, ...(withTests ? WORKSHOP : [])]) {
    await copy(join(projectRoot, name), join(folder, name));
  }
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

async function copy(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copy(join(from, name), join(to, name));
}
