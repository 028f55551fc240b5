import { Buffer } from "node:buffer";
import { join } from "node:path";
import { RuntimeError } from "../../core/errors.ts";
import type { AddressedLetter, Carrier } from "./carrier.ts";
import { composeLetter } from "./compose_letter.ts";

/**
 * Keeps letters as files, for a person who tries things out: `PATH/TENANT/new/ID`. A file is whole and on disk before it has
 * its name, which is the letter's id, so that a repeat takes the place of the first; names sort by when letters were
 * asked for. Other programs may read the folder, and move what was seen to `cur`.
 * @see D. J. Bernstein, "Using maildir format"
 */
export async function createMaildirCarrier({ name, path }: { name: string; path: string }): Promise<Carrier> {
  const nodemailer = await import("nodemailer");
  const composer = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  const made = new Set<string>();

  const place = async (letter: AddressedLetter): Promise<void> => {
    const { message } = await composer.sendMail(composeLetter(letter));
    const bytes = Buffer.isBuffer(message) ? message : Buffer.from(String(message));
    try {
      await write(letter, bytes);
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
      // The folder has gone with a tenant of this name.
      made.delete(letter.tenant);
      await write(letter, bytes);
    }
  };
  const write = async (letter: AddressedLetter, bytes: Uint8Array): Promise<void> => {
    const folder = join(path, letter.tenant);
    if (!made.has(letter.tenant)) {
      for (const part of ["tmp", "new", "cur"]) {
        await Deno.mkdir(join(folder, part), { recursive: true, mode: 0o700 });
      }
      made.add(letter.tenant);
    }
    const temporary = join(folder, "tmp", letter.id);
    using file = await Deno.open(temporary, { write: true, create: true, truncate: true, mode: 0o600 });
    await writeAll(file, bytes);
    await file.sync();
    await Deno.rename(temporary, join(folder, "new", letter.id));
  };
  return {
    async carry(letter) {
      try {
        await place(letter);
      } catch (cause) {
        made.delete(letter.tenant);
        throw new RuntimeError("upstream-failed", `${name} cannot write its files: ${codeOf(cause)}`, {
          retryable: true,
          cause,
        });
      }
      return { end: "taken", reply: "" };
    },
    stop: () => {},
  };
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}

function codeOf(cause: unknown): string {
  const { code, name } = cause as { code?: string; name?: string };
  return code ?? name ?? "unknown";
}
