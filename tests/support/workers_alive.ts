interface HeldLocks {
  query(): Promise<{ readonly held: readonly { readonly name: string }[] }>;
}

/** How many workers of hosts live in this process: each holds a lock that bears its name. */
export async function workersAlive(): Promise<number> {
  const { held } = await (navigator as unknown as { readonly locks: HeldLocks }).locks.query();
  return held.filter(({ name }) => name.startsWith("mailroom:")).length;
}
