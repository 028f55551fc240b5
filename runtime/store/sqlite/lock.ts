import { RuntimeError } from "../../core/errors.ts";
import { unreachable } from "./faults.ts";

const EXCLUSIVE = true;

/** That this process owns a database file. */
export interface FileLock {
  release(): void;
}

/**
 * Takes the operating system's lock on `<path>.lock`, which ends with the process however that ends. The lock file itself
 * stays: removing it would let two processes lock two different files of the same name.
 * @throws {RuntimeError} `storage-locked` when another process (or another store of this one) holds it
 */
export async function lockFile(path: string): Promise<FileLock> {
  const file = await Deno.open(`${path}.lock`, { create: true, write: true }).catch((reason) => {
    throw unreachable(path, reason);
  });
  if (await file.tryLock(EXCLUSIVE)) return { release: () => file.close() };
  file.close();
  throw new RuntimeError(
    "storage-locked",
    `The database ${path} belongs to another running process. One file serves one process at a time: ` +
      "stop the other one, or give this one a file of its own.",
  );
}
