import { fileURLToPath } from "node:url";
import { readLines } from "../support/log_lines.ts";
import { benchCommand } from "./bench_command.ts";
import { endTree, goOn, hold } from "./end_tree.ts";
import { peakMemory } from "./memory.ts";
import type { ServerAnswer, ServerTask } from "./server_protocol.ts";

const SERVER = fileURLToPath(import.meta.resolve("./bench_server.ts"));

/** A node in a process of its own, which is killed at the end of its scope. */
export interface BenchServer extends AsyncDisposable {
  /** From the start of its process until it could run turns. */
  readonly readyMs: number;
  /** @throws {Error} when it dies over it */
  ask(task: ServerTask): Promise<ServerAnswer>;
  /** Peaks of the node and of its children, in MiB. */
  memory(): { readonly server: number; readonly children: number };
  /** While `work` runs it is held: it works off nothing, and costs nothing. */
  heldWhile<T>(work: () => Promise<T>): Promise<T>;
  /** With SIGKILL, and resolves when it and its children are gone. */
  kill(): Promise<void>;
}

export async function spawnServer(databaseUrl: string, name = "bench"): Promise<BenchServer> {
  const begunAt = performance.now();
  const process = benchCommand(SERVER, [databaseUrl, name], { stdin: "piped", stdout: "piped", stderr: "inherit" })
    .spawn();
  const stdin = process.stdin.getWriter();
  const waiting: PromiseWithResolvers<ServerAnswer>[] = [];
  let children: readonly number[] = [];
  const ended = Promise.all([
    process.status,
    readLines(process.stdout, (line) => {
      const answer = JSON.parse(line) as ServerAnswer;
      children = answer.children;
      waiting.shift()?.resolve(answer);
    }, new AbortController()),
  ]).then(([{ code }]) => {
    for (const { reject } of waiting) reject(new Error(`The bench's server ended with code ${code}`));
  });
  const answered = () => {
    const next = Promise.withResolvers<ServerAnswer>();
    waiting.push(next);
    return next.promise;
  };
  const kill = async () => {
    await endTree(process.pid);
    await stdin.abort().catch(() => {});
    await ended;
  };
  try {
    await answered();
  } catch (error) {
    await kill();
    throw error;
  }
  return {
    readyMs: performance.now() - begunAt,
    async ask(task) {
      const answer = answered();
      await stdin.write(new TextEncoder().encode(`${JSON.stringify(task)}\n`));
      return await answer;
    },
    memory: () => ({ server: peakMemory([process.pid]), children: peakMemory(children) }),
    async heldWhile(work) {
      hold(process.pid);
      try {
        return await work();
      } finally {
        goOn(process.pid);
      }
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
