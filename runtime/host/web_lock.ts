/** The part of the Web Locks API used here; Deno's types do not know it yet. */
interface WebLocks {
  request<T>(name: string, options: { signal?: AbortSignal }, held: () => T): Promise<Awaited<T>>;
}

/** Since Deno 2.9. */
const locks = (navigator as unknown as { readonly locks?: WebLocks }).locks;

/**
 * Where there are none, nothing tells that an isolate ended itself: its silence has to. Such a Deno (before 2.7.9) stops
 * every loop of a worker that it terminates.
 */
export const hasWebLocks: boolean = locks !== undefined;

/** Holds the lock for the life of this isolate; calls back once it is held. */
export function holdForLife(name: string, held: () => void): void {
  if (locks === undefined) return held();
  locks.request(name, {}, () => {
    held();
    return new Promise<never>(() => {});
  });
}

/**
 * Resolves when the isolate that holds the lock is gone, however it went; never where there are no locks.
 * @throws the signal's reason when it aborts first
 */
export async function waitForRelease(name: string, signal: AbortSignal): Promise<void> {
  if (locks !== undefined) return await locks.request(name, { signal }, () => {});
  await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}
