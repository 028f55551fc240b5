import { join } from "node:path";
import { projectRoot } from "./lint/project_path.ts";
import { passedOn } from "./server_process.ts";

export interface RunMain {
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** It is killed when it has not ended by itself until then. Default 60,000. */
  readonly withinMs?: number;
  readonly onSpawn?: (child: Pick<Deno.ChildProcess, "kill">) => void;
}

/** Runs main.ts to its end; `code` is 128 + signal for one that was killed. */
export async function runMain({ args = [], env, withinMs = 60_000, onSpawn }: RunMain): Promise<
  { readonly code: number; readonly stdout: string; readonly stderr: string }
> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", join(projectRoot, "deno.json"), "main.ts", ...args],
    cwd: projectRoot,
    clearEnv: true,
    env: { ...passedOn(), NO_COLOR: "1", LOG_FORMAT: "json", PORT: "0", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(withinMs),
  }).spawn();
  onSpawn?.(child);
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}
