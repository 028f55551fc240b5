import { RuntimeError } from "../core/errors.ts";
import type { StoreReads } from "./contract.ts";

/**
 * The same reads; that one finds the storage damaged is told, once: a writer may not touch the damaged place for days,
 * and what is read there until then would fail again and again.
 */
export function watchedReads(reads: StoreReads, onCorrupt: (error: RuntimeError) => void): StoreReads {
  let told = false;
  const watch = (thrown: unknown) => {
    if (told || !(thrown instanceof RuntimeError) || thrown.code !== "storage-corrupt") return;
    told = true;
    onCorrupt(thrown);
  };
  const watched = Object.entries(reads).map(([name, read]: [string, (...args: never[]) => Promise<unknown>]) => [
    name,
    (...args: never[]) => {
      const answer = read(...args);
      answer.catch(watch);
      return answer;
    },
  ]);
  return Object.fromEntries(watched);
}
