import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { openBareCommits } from "./bare_commits.ts";
import { median } from "./statistics.ts";

const COMMITS = 100;

/** What a figure depends on besides the program. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryMib: number;
  readonly os: string;
  readonly deno: string;
  /** A commit of one row with synchronous=FULL, on the disk of the temporary folder; the median. */
  readonly bareCommitMs: number;
}

export async function describeMachine(): Promise<Machine> {
  return {
    cores: navigator.hardwareConcurrency,
    cpu: cpus()[0]?.model ?? "unknown",
    memoryMib: Math.round(totalmem() / 1_024 ** 2),
    os: `${Deno.build.os} ${Deno.build.arch}`,
    deno: Deno.version.deno,
    bareCommitMs: await measureCommit(),
  };
}

async function measureCommit(): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "mailroom-bench-" });
  try {
    using bare = openBareCommits(join(folder, "bare.db"));
    return median(Array.from({ length: COMMITS }, () => bare.commit()));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
