import { statfs } from "node:fs/promises";
import { join } from "node:path";

const IN_MEMORY = "/dev/shm";
/** Several times what the suite's files take at once. */
const ROOM_BYTES = 8 * 1024 ** 3;

/**
 * Where the suite's processes put their files unless TMPDIR says where: in memory, where there is room and programs can be
 * run from there. Much of what a test waits for is the disk, and what tests prove is what outlives kill -9, as files in
 * memory do. Tests of disks that are full or fail make such disks themselves.
 */
export async function suiteFolder(): Promise<string | undefined> {
  const given = Deno.env.get("TMPDIR");
  if (given !== undefined) return given;
  const { bavail, bsize } = await statfs(IN_MEMORY).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= ROOM_BYTES && await runsPrograms(IN_MEMORY) ? IN_MEMORY : undefined;
}

async function runsPrograms(folder: string): Promise<boolean> {
  const own = await Deno.makeTempDir({ dir: folder }).catch(() => null);
  if (own === null) return false;
  try {
    const program = join(own, "program");
    await Deno.writeTextFile(program, "#!/bin/sh\n", { mode: 0o755 });
    return (await new Deno.Command(program).output()).success;
  } catch {
    return false;
  } finally {
    await Deno.remove(own, { recursive: true });
  }
}
