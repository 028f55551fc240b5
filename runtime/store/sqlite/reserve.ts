import { dirname } from "node:path";
import { statfsSync } from "node:fs";
import { CHECKPOINT_PAGES } from "./checkpoint.ts";

const PAGE_BYTES = 4_096;
const PIECE_BYTES = 64 * 1024;
/** What must be free beside the reserve, as a part of it, before the disk's last room is taken for it. */
const MARGIN = 1 / 4;

/** As much as the log may hold: a checkpoint of new pages alone, which makes the log usable again, then finds room. */
export const RESERVE_BYTES = CHECKPOINT_PAGES * PAGE_BYTES;

/** Room on the disk that is taken, so that it can be given up when it is needed: the file `<path>.reserve`. */
export class Reserve {
  readonly #path: string;
  readonly #bytes: number;

  constructor(databasePath: string, { bytes }: { bytes: number }) {
    this.#path = `${databasePath}.reserve`;
    this.#bytes = bytes;
  }

  /** Takes the room unless that was done; answers whether it is there now. */
  hold(): boolean {
    try {
      if (this.#isWhole()) return true;
      const { bavail, bsize } = statfsSync(dirname(this.#path));
      if (bavail * bsize < this.#bytes * (1 + MARGIN)) return false;
      this.#fill();
      return true;
    } catch {
      this.release();
      return false;
    }
  }

  /** Gives the room up, if it can. */
  release(): void {
    try {
      Deno.removeSync(this.#path);
    } catch {
      // It was not there, or the folder is read-only and room is not what is wanting.
    }
  }

  #isWhole(): boolean {
    try {
      return Deno.statSync(this.#path).size >= this.#bytes;
    } catch {
      return false;
    }
  }

  /** With bytes that no file system can leave out or make smaller. */
  #fill(): void {
    using file = Deno.openSync(this.#path, { create: true, write: true, truncate: true });
    const words = new Uint32Array(PIECE_BYTES / 4);
    const piece = new Uint8Array(words.buffer);
    let word = 1;
    for (let written = 0; written < this.#bytes;) {
      for (let index = 0; index < words.length; index++) words[index] = word = xorshift(word);
      written += file.writeSync(piece.subarray(0, Math.min(PIECE_BYTES, this.#bytes - written)));
    }
  }
}

/** @see Marsaglia, "Xorshift RNGs", 2003 */
function xorshift(word: number): number {
  word ^= word << 13;
  word ^= word >>> 17;
  return word ^ word << 5;
}
