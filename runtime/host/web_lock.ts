/** The part of the Web Locks API used here; Deno's types do not know it yet. */
interface WebLocks {
  request<T>(name: string, options: { signal?: AbortSignal }, held: () => T): Promise<Awaited<T>>;
}

const locks = (navigator as unknown as { readonly locks: WebLocks }).locks;

/** Holds the lock for the life of this isolate; calls back once it is held. */
export function holdForLife(name: string, held: () => void): void {
  locks.request(name, {}, () => {
    held();
    return new Promise<never>(() => {});
  });
}

/**
 * Resolves when the isolate that holds the lock is gone, however it went.
 * @throws the signal's reason when it aborts first
 */
export async function waitForRelease(name: string, signal: AbortSignal): Promise<void> {
  await locks.request(name, { signal }, () => {});
}
