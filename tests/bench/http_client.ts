import { projectRoot } from "../support/lint/project_path.ts";
import { passedOn } from "../support/server_process.ts";
import type { HttpLoad, HttpLoadResult } from "./http_load.ts";

/** A client, as a process of its own, until its load is done. @throws {Error} when it fails */
export async function runClient(load: HttpLoad): Promise<HttpLoadResult> {
  const client = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL("./http_load.ts", import.meta.url).pathname],
    cwd: projectRoot,
    clearEnv: true,
    env: passedOn(),
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const stdin = client.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(JSON.stringify(load)));
  await stdin.close();
  const { success, stdout } = await client.output();
  if (!success) throw new Error("The client of the HTTP bench has failed");
  return JSON.parse(new TextDecoder().decode(stdout)) as HttpLoadResult;
}
