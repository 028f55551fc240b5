/** Of an address, and of a tenant, unless it is set. */
const REQUESTS_A_MINUTE = 60_000;

/** Requests a minute; undefined: without limit. Where everyone is this machine, nobody needs a limit; 0 is none. */
export function perMinute(set: number | undefined, { isOpen }: { readonly isOpen: boolean }): number | undefined {
  const requests = set ?? (isOpen ? 0 : REQUESTS_A_MINUTE);
  return requests === 0 ? undefined : requests;
}
