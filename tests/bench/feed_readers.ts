import { join } from "node:path";
import { projectRoot } from "../support/lint/project_path.ts";
import type { Plan, Reading } from "./feed_client.ts";

const client = join(projectRoot, "tests/bench/feed_client.ts");

/** Readers that stay until they are disposed of. */
export async function startReaders(plan: Plan): Promise<AsyncDisposable & { result(): Promise<Reading> }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", join(projectRoot, "tests/deno.json"), client, JSON.stringify(plan)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<string> => {
    for (;;) {
      const end = text.indexOf("\n");
      if (end >= 0) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        return line;
      }
      const { done, value } = await lines.read();
      if (done) throw new Error(`The readers of ${plan.path} ended early`);
      text += value;
    }
  };
  await next();
  return {
    result: async () => JSON.parse(await next()),
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
      await lines.cancel();
    },
  };
}

export async function read(plan: Plan): Promise<Reading> {
  await using readers = await startReaders(plan);
  return await readers.result();
}
