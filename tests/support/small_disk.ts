import { statfsSync } from "node:fs";
import { join } from "node:path";

/** A file system of its own that can really be full. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  freeBytes(): number;
  /** Takes all room but so much with a file from outside. */
  fill(options?: { leave: number }): void;
  /** Removes what `fill` made. */
  free(): void;
  remount(how: "ro" | "rw"): Promise<void>;
}

const MIB = 1024 * 1024;

/** Why a disk cannot be made here; undefined when it can. */
export const noDisk: string | undefined = await whyNot();

/** Mounts a file system of so many bytes in memory; unmounted, with all that is on it, at the end. */
export async function smallDisk(sizeBytes: number): Promise<SmallDisk> {
  const path = await Deno.makeTempDir({ prefix: "mailroom-disk-" });
  await run("mount", "-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", path);
  const ballast = join(path, "ballast");
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  return {
    path,
    freeBytes,
    fill({ leave } = { leave: 0 }) {
      using file = Deno.openSync(ballast, { create: true, append: true });
      try {
        for (let wanted = freeBytes() - leave; wanted > 0; wanted = freeBytes() - leave) {
          file.writeSync(new Uint8Array(Math.min(wanted, MIB)));
        }
      } catch {
        // Full: that is what was wanted.
      }
    },
    free: () => Deno.removeSync(ballast),
    remount: (how) => run("mount", "-o", `remount,${how}`, path),
    async [Symbol.asyncDispose]() {
      await run("umount", "-l", path);
      await Deno.remove(path);
    },
  };
}

/** A test on a small disk; where none can be made it is skipped and its name says why. */
export function diskTest(name: string, test: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({
    name: noDisk === undefined ? name : `${name} (skipped: ${noDisk})`,
    ignore: noDisk !== undefined,
    fn: test,
  });
}

async function whyNot(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "small disks are made with Linux's tmpfs";
  try {
    await using _ = await smallDisk(MIB);
    return undefined;
  } catch (thrown) {
    return `no disk can be mounted: ${thrown instanceof Error ? thrown.message.trim() : thrown}`;
  }
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stdout: "null", stderr: "piped" }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
