import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { Registry } from "../../actor/registry.ts";
import { type Clock, every } from "../../core/clock.ts";
import { RuntimeError } from "../../core/errors.ts";
import { unknownMigrations } from "../migrate.ts";
import type { CheckedFile } from "./check.ts";
import type { CopyRequest } from "./copy_worker.ts";
import { WorkerPort } from "./worker_port.ts";

const SAY_EVERY_MS = 2_000;
const MIB = 1024 * 1024;

export interface CopyOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  /** A line for the person who waits. */
  readonly say: (line: string) => void;
}

/**
 * Copies a database, which may be in use, into a new file, reads the copy through, and brings it to the disk. One that
 * fails leaves no file.
 *
 * By `VACUUM INTO`: it reads one state of the database, whatever is written meanwhile, and keeps nobody from writing;
 * the log only cannot be written from its start again until it is done. SQLite's backup in steps begins anew whenever
 * another process has written: with 200 MiB and a writer that does not pause it did not end (8 s, until the writer did);
 * in one step it costs the same as this (1.3 s, the writer's p99 unchanged) but copies the empty pages too.
 * @throws {RuntimeError} `storage-corrupt`, `storage-newer` or `storage-unavailable`
 */
export async function copyDatabase(
  from: string,
  to: string,
  { registry, clock, say }: CopyOptions,
): Promise<CheckedFile> {
  mustFit(sizeOf(from), to);
  const worker = new WorkerPort(new URL("./copy_worker.ts", import.meta.url), {
    name: "mailroom-copy",
    deathError: (reason) => new RuntimeError("internal", `The copying has failed: ${reason}`),
  });
  const ask = (request: CopyRequest) => worker.call(request);
  const cancel = every(clock, SAY_EVERY_MS, () => say(`${mib(sizeOf(to))} of at most ${mib(sizeOf(from))} copied`));
  try {
    await ask({ ask: "copy", from, to });
    const checked = await ask({ ask: "check", path: to }) as CheckedFile;
    refuseNewer(checked, { from, registry });
    await syncFile(to);
    return checked;
  } catch (thrown) {
    await Deno.remove(to).catch(() => {});
    throw thrown;
  } finally {
    cancel();
    worker.terminate();
  }
}

/** Says so before, rather than when the disk, which may be the server's, is full. */
function mustFit(bytes: number, to: string): void {
  const { bavail, bsize } = statfsSync(dirname(to));
  if (bavail * bsize >= bytes) return;
  throw new RuntimeError(
    "storage-unavailable",
    `${dirname(to)} has ${mib(bavail * bsize)} free, and a copy may need ${
      mib(bytes)
    }: make room, or choose another place`,
  );
}

/** @throws {RuntimeError} `storage-newer` */
export function refuseNewer(
  { migrations }: CheckedFile,
  { from, registry }: { from: string; registry: Registry },
): void {
  const unknown = unknownMigrations(registry, migrations);
  if (unknown.length === 0) return;
  throw new RuntimeError(
    "storage-newer",
    `${from} was written by a newer program: this one does not know ${unknown.join(", ")}. Use that program for it`,
  );
}

/** Brings a file's bytes to the disk, or a folder's names. */
export async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  await file.sync();
}

/** Gives a file its name, for good. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await Deno.rename(from, to);
  await syncFile(dirname(to));
}

export function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
