import { join } from "node:path";
import { type Message, parseMessage } from "./parse_message.ts";

/** A letter that was written into a maildir. */
export interface KeptLetter {
  /** Its file's name, and the Message-ID before the @. Ids sort by when letters were asked for. */
  readonly id: string;
  readonly message: Message;
  /** Its file. */
  readonly raw: string;
}

/** The letters of a maildir, for those who may see a tenant's. */
export interface Maildir {
  /** Newest first: those with smaller ids than `before`, `limit` at most. */
  page(tenant: string, options: { before: string | null; limit: number }): Promise<readonly KeptLetter[]>;
  read(tenant: string, id: string): Promise<KeptLetter | null>;
}

/** What broker and mail readers name files; anything else in the folders is left alone. */
export const LETTER_FILE: RegExp = /^([A-Za-z0-9][A-Za-z0-9.-]{0,99})(?::2,[A-Za-z]*)?$/;
const MOST_BYTES = 2 * 1024 * 1024;

/** A folder that is not there is empty; a file that went meanwhile is none. */
export function openMaildir(path: string): Maildir {
  const read = async (file: string, id: string): Promise<KeptLetter | null> => {
    const raw = await whenThere(async () => {
      const { size } = await Deno.stat(file);
      return size > MOST_BYTES ? null : await Deno.readTextFile(file);
    });
    return raw === null ? null : { id, raw, message: parseMessage(raw) };
  };
  return {
    async page(tenant, { before, limit }) {
      const files = await filesOf(join(path, tenant));
      const ids = [...files.keys()].filter((id) => before === null || id < before).sort().reverse();
      const letters = await Promise.all(ids.slice(0, limit).map((id) => read(files.get(id)!, id)));
      return letters.filter((letter) => letter !== null);
    },
    async read(tenant, id) {
      const file = LETTER_FILE.test(id) ? (await filesOf(join(path, tenant))).get(id) : undefined;
      return file === undefined ? null : await read(file, id);
    },
  };
}

/** By id. A repeat of a letter that was seen lies in `new` again, and counts. */
async function filesOf(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const part of ["cur", "new"]) {
    await whenThere(async () => {
      for await (const { name, isFile } of Deno.readDir(join(folder, part))) {
        const id = LETTER_FILE.exec(name)?.[1];
        if (isFile && id !== undefined) files.set(id, join(folder, part, name));
      }
      return null;
    });
  }
  return files;
}

/** Null when there is no such file. */
export async function whenThere<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    throw thrown;
  }
}
