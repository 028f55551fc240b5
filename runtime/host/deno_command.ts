import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { OutputStream } from "./framed_process.ts";

export interface DenoCommandOptions {
  /** The program; its one argument is the path of its socket. */
  readonly entry: URL;
  /** The deno.json whose import map and versions of packages the program needs. */
  readonly configUrl: string;
  /** The bound of each isolate's old generation. */
  readonly heapMb: number;
  /** The bound of a half of each isolate's young generation: V8 would take 32 in the end. */
  readonly youngMb: number;
  /** What it may read besides the folder of its socket. */
  readonly read?: readonly string[];
  /** What it may write besides that folder. */
  readonly write?: readonly string[];
  /** Other permissions, and features that are unstable. */
  readonly flags: readonly string[];
  /** The environment of the server: the program gets what Deno needs, and `passedOn`. */
  readonly env: Readonly<Record<string, string>>;
  readonly passedOn: readonly string[];
  readonly outputs: readonly OutputStream[];
}

/** To find its cache, its packages, and a place for temporary files. */
const NEEDED_BY_DENO = ["HOME", "DENO_DIR", "PATH", "TMPDIR"];

/** The command of a process of this program that speaks through a socket and holds no permission that is not named. */
export function denoCommand(
  socketPath: string,
  { entry, configUrl, heapMb, youngMb, read = [], write = [], flags, env, passedOn, outputs }: DenoCommandOptions,
): Deno.Command {
  const folder = dirname(socketPath);
  const wanted = new Set([...NEEDED_BY_DENO, ...passedOn]);
  const pipe = (stream: OutputStream) => outputs.includes(stream) ? "piped" : "null";
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--cached-only",
      // V8 refuses what was compiled under other flags, so this and the server would write theirs over each other's for ever.
      "--no-code-cache",
      `--config=${fileURLToPath(configUrl)}`,
      `--v8-flags=--max-old-space-size=${heapMb},--max-semi-space-size=${youngMb}`,
      allow("read", [folder, ...read]),
      allow("write", [folder, ...write]),
      ...flags,
      entry.href,
      socketPath,
    ],
    clearEnv: true,
    env: { ...Object.fromEntries(Object.entries(env).filter(([name]) => wanted.has(name))), NO_COLOR: "1" },
    // What a terminal sends to the server's group must not end one that has not come to ignore it yet.
    detached: true,
    stdin: "null",
    stdout: pipe("stdout"),
    stderr: pipe("stderr"),
  });
}

/** In a list of names a comma is written twice. */
export function allow(what: "read" | "write" | "net" | "env", names: readonly string[]): string {
  return `--allow-${what}=${names.map((name) => name.replaceAll(",", ",,")).join(",")}`;
}
