import { before } from "./deadline.ts";
import { createLogLines, type LogLines, readLines } from "./log_lines.ts";

/** A task of deno.json that serves, started as a person starts it. Whoever starts it ends it. */
export interface StartedTask {
  readonly child: Deno.ChildProcess;
  readonly log: LogLines;
  /** Where it serves. @throws {Error} with its last lines when it has not said so in time */
  readonly url: Promise<string>;
  /** Resolves when all of its output is read, which is after its end. */
  readonly read: Promise<unknown>;
}

/** `urlIn` finds in a line of its output where it serves: in the line `ready` of a log of JSON unless it says otherwise. */
export function startTask(
  task: string,
  { withinMs, urlIn = urlOfReady, ...options }:
    & Pick<Deno.CommandOptions, "cwd" | "env" | "clearEnv" | "detached">
    & { readonly withinMs: number; readonly urlIn?: (line: string) => string | undefined },
): StartedTask {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", task],
    ...options,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log = createLogLines(100);
  const ready = Promise.withResolvers<string>();
  const over = new AbortController();
  const read = Promise.all([child.stdout, child.stderr].map((output) =>
    readLines(output, (line) => {
      log.add(line);
      const url = urlIn(line);
      if (url !== undefined) ready.resolve(url);
    }, over)
  ));
  const url = before(ready.promise, withinMs, () => new Error(`It does not say that it is ready:\n${log.tail(40)}`));
  return { child, log, url, read };
}

function urlOfReady(line: string): string | undefined {
  return line.includes('"message":"ready"') ? JSON.parse(line).url : undefined;
}
