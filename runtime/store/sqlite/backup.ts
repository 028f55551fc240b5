import { dirname } from "node:path";
import { RuntimeError } from "../../core/errors.ts";
import type { CheckedFile } from "./check.ts";
import { copyDatabase, type CopyOptions, renameDurably } from "./copy.ts";

/** A backup that lies on the disk under its name, checked. */
export interface Backup extends CheckedFile {
  readonly path: string;
  readonly bytes: number;
  readonly tookMs: number;
}

/**
 * Copies the database to `target`, whether or not a server uses it. The file gets its name when it is whole: what a
 * backup that was cut off leaves behind is called `<target>.part-…`.
 * @throws {RuntimeError} `conflict` when there is such a file already; `not-found` when there is no database
 */
export async function backupDatabase(path: string, target: string, options: CopyOptions): Promise<Backup> {
  const begunAt = options.clock.monotonic();
  if (!await exists(path)) throw new RuntimeError("not-found", `There is no database ${path}: look at DATABASE_URL`);
  if (await exists(target)) throw new RuntimeError("conflict", `${target} is there already: choose another name`);
  await Deno.mkdir(dirname(target), { recursive: true });
  const part = `${target}.part-${Deno.pid}`;
  await Deno.remove(part).catch(() => {});
  const checked = await copyDatabase(path, part, options);
  await renameDurably(part, target);
  const { size } = await Deno.stat(target);
  return { ...checked, path: target, bytes: size, tookMs: options.clock.monotonic() - begunAt };
}

export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
