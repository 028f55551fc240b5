import { join } from "node:path";
import { TENANT_PATTERN } from "../../actor/address.ts";
import { type CancelTimer, type Clock, every, sleep } from "../../core/clock.ts";
import type { Diagnostics } from "../../observe/diagnostics.ts";
import { LETTER_FILE, whenThere } from "./read_maildir.ts";

const SWEEP_EVERY_MS = 60_000;
/** Files of a slice, and names that are in memory at a time. */
const SLICE = 500;
/** After a slice the others get the disk for as many times as long as it took. */
const REST = 4;
/** Nobody is this long at writing a letter. */
/** Of a maildir. */
const PARTS = ["cur", "new", "tmp"];
const UNFINISHED_MS = 24 * 60 * 60 * 1_000;

export interface MaildirBounds {
  /** Since a letter was written. */
  readonly keptMs: number;
  /** Newest letters of a tenant. */
  readonly kept: number;
}

/** Sees to it that a maildir does not grow for ever. */
export interface MaildirKeeping {
  /** Sweeps every minute from now on. */
  start(): void;
  stop(): void;
  /** Removes what is too old or too much, and letters that were never finished; answers how many files. */
  sweep(): Promise<number>;
  /** Removes all that a tenant has, or what was written before an instant. Done again it finds nothing. */
  remove(tenant: string, which?: { readonly before: number }): Promise<void>;
}

/**
 * Removes letters that have been kept long enough, or are more than a tenant may have, the oldest first, whether they were
 * seen or not. It goes over folders in slices of 500 files, with rests between them, and holds no more names than a slice
 * has. What is no letter's name is left alone.
 */
export function keepMaildir(
  path: string,
  { keptMs, kept, clock, diagnostics }: MaildirBounds & { readonly clock: Clock; readonly diagnostics: Diagnostics },
): MaildirKeeping {
  const stopping = new AbortController();
  let cancel: CancelTimer = () => {};
  let sweeping: Promise<number> | null = null;

  const isOlder = async (file: string, ms: number): Promise<boolean> => {
    const found = await whenThere(() => Deno.stat(file));
    return found !== null && (found.mtime?.getTime() ?? 0) < clock.now() - ms;
  };
  /** Answers how many are gone; fewer than a slice: nothing is left to do. */
  const sliceOf = async (folder: string): Promise<number> => {
    const { count, oldest } = await oldestOf(["cur", "new"].map((part) => join(folder, part)));
    const excess = count - kept;
    let removed = 0;
    for (const { file } of oldest) {
      if (removed >= excess && !await isOlder(file, keptMs)) break;
      await whenThere(() => Deno.remove(file));
      removed++;
    }
    return removed;
  };
  const unfinishedOf = async (folder: string): Promise<number> => {
    const { oldest } = await oldestOf([join(folder, "tmp")]);
    let removed = 0;
    for (const { file } of oldest) {
      if (!await isOlder(file, UNFINISHED_MS)) continue;
      await whenThere(() => Deno.remove(file));
      removed++;
    }
    return removed;
  };
  const sweepAll = async (): Promise<number> => {
    let files = 0;
    for (const tenant of await foldersIn(path)) {
      const folder = join(path, tenant);
      files += await unfinishedOf(folder);
      for (let removed = SLICE; removed === SLICE; files += removed) {
        stopping.signal.throwIfAborted();
        const begunAt = clock.monotonic();
        removed = await sliceOf(folder);
        if (removed > 0) await sleep(clock, (clock.monotonic() - begunAt) * REST, stopping.signal);
      }
    }
    if (files > 0) diagnostics.tell({ event: "rows.swept", what: "letters", rows: files });
    return files;
  };
  const sweep = () => sweeping ??= sweepAll().finally(() => sweeping = null);
  return {
    // What the disk refuses is tried again with the next tick.
    start() {
      cancel();
      cancel = every(clock, SWEEP_EVERY_MS, () => void sweep().catch(() => {}));
    },
    stop() {
      cancel();
      stopping.abort();
    },
    sweep,
    async remove(tenant, which) {
      if (!TENANT_PATTERN.test(tenant)) return;
      const folder = join(path, tenant);
      if (which === undefined) return void await whenThere(() => Deno.remove(folder, { recursive: true }));
      for (const part of PARTS) await removeBefore(join(folder, part), which.before);
    },
  };
}

/** Of a folder; it stays itself, as somebody may be writing into it. */
async function removeBefore(folder: string, before: number): Promise<void> {
  await whenThere(async () => {
    for await (const { name } of Deno.readDir(folder)) {
      const file = join(folder, name);
      const found = await whenThere(() => Deno.stat(file));
      if (found !== null && (found.mtime?.getTime() ?? 0) < before) await whenThere(() => Deno.remove(file));
    }
  });
}

async function foldersIn(path: string): Promise<readonly string[]> {
  const folders: string[] = [];
  await whenThere(async () => {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory && TENANT_PATTERN.test(name)) folders.push(name);
    }
  });
  return folders;
}

interface NamedFile {
  readonly id: string;
  readonly file: string;
}

/** How many letters the folders have, and those of a slice with the smallest ids, in their order. */
async function oldestOf(folders: readonly string[]): Promise<{ count: number; oldest: readonly NamedFile[] }> {
  let count = 0;
  let oldest: NamedFile[] = [];
  const settle = () => oldest = oldest.sort((one, other) => one.id < other.id ? -1 : 1).slice(0, SLICE);
  for (const folder of folders) {
    await whenThere(async () => {
      for await (const { name, isFile } of Deno.readDir(folder)) {
        const id = LETTER_FILE.exec(name)?.[1];
        if (!isFile || id === undefined) continue;
        count++;
        oldest.push({ id, file: join(folder, name) });
        if (oldest.length >= 2 * SLICE) settle();
      }
    });
  }
  return { count, oldest: settle() };
}
