import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { RuntimeError } from "../../core/errors.ts";
import { exists } from "./backup.ts";
import { type CheckedFile, checkFile } from "./check.ts";
import { copyDatabase, type CopyOptions, refuseNewer, renameDurably, syncFile } from "./copy.ts";
import { lockFile } from "./lock.ts";

export interface Restored extends CheckedFile {
  /** Where what was there before is kept; null when there was nothing. */
  readonly kept: string | null;
}

/**
 * Puts a copy of `source` in the place of the database, which keeps its name at every moment: a crash leaves the old or
 * the new one. What was there is kept beside it, with its log if that could not be brought into the file. A log of the old
 * file must never meet the new one, so it is gone before the new one has the name.
 * @throws {RuntimeError} `storage-locked` while a server runs; `not-found`, `storage-corrupt` or `storage-newer` for a source
 * that cannot be used, and then nothing is changed
 */
export async function restoreDatabase(
  path: string,
  source: string,
  { instant, ...options }: CopyOptions & {
    /** Part of the name of what is kept. */
    readonly instant: string;
  },
): Promise<Restored> {
  if (!await exists(source)) throw new RuntimeError("not-found", `There is no file ${source}: name a backup`);
  await Deno.mkdir(dirname(path), { recursive: true });
  const lock = await lockFile(path);
  try {
    // Before the copy, which makes its indexes anew and would hide that they were wrong.
    refuseNewer(checkFile(source), { from: source, registry: options.registry });
    const part = `${path}.restoring`;
    await Deno.remove(part).catch(() => {});
    const checked = await copyDatabase(source, part, options);
    const kept = await exists(path) ? await keep(path, `${path}.before-restore-${instant}`) : null;
    for (const stale of [`${path}-wal`, `${path}-shm`]) await Deno.remove(stale).catch(() => {});
    await renameDurably(part, path);
    return { ...checked, kept };
  } finally {
    lock.release();
  }
}

/**
 * Second names for the file and for its log; then the log is brought into the file, if that is whole enough, so that the
 * file alone is what it was and a crash from here on leaves that in its place.
 */
async function keep(path: string, wanted: string): Promise<string> {
  const kept = await linkBeside(path, wanted);
  const hasLog = await exists(`${path}-wal`);
  if (hasLog) await Deno.link(`${path}-wal`, `${kept}-wal`);
  bringLog(path);
  if (hasLog && (await Deno.stat(`${kept}-wal`)).size === 0) await Deno.remove(`${kept}-wal`);
  await syncFile(dirname(path));
  return kept;
}

/** Answers the name: the wanted one, or with a number where a restore of the same second has taken that. */
async function linkBeside(path: string, wanted: string): Promise<string> {
  for (let number = 1;; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    try {
      await Deno.link(path, name);
      return name;
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.AlreadyExists)) throw thrown;
    }
  }
}

function bringLog(path: string): void {
  try {
    using db = new DatabaseSync(path);
    db.prepare("pragma wal_checkpoint(truncate)").all();
  } catch {
    // It is damaged, which may be why another one is put in its place.
  }
}
