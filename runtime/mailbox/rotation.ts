/** Serves tenants in turn, each by its weight. */
export interface Rotation {
  /** The tenant has something to serve; no matter if it is known already. */
  join(tenant: string): void;
  /**
   * Calls `serve` for tenants in turn until none serves any more. `serve` starts turns of the tenant worth at most
   * about `credit` and answers how many it started; 0 leaves the tenant out until it joins again.
   */
  turn(serve: (tenant: string, credit: number) => number, hasRoom: () => boolean): void;
}

const QUANTUM = 8;

/** @see Shreedhar and Varghese, "Efficient Fair Queuing using Deficit Round Robin", SIGCOMM 1995 */
export function createRotation(weightOf: (tenant: string) => number): Rotation {
  const credits = new Map<string, number>();
  const order: string[] = [];
  return {
    join(tenant) {
      if (credits.has(tenant)) return;
      credits.set(tenant, 0);
      order.push(tenant);
    },
    turn(serve, hasRoom) {
      while (order.length > 0 && hasRoom()) {
        const tenant = order.shift()!;
        let credit = credits.get(tenant)!;
        if (credit <= 0) credit += QUANTUM * weightOf(tenant);
        if (credit <= 0) {
          credits.set(tenant, credit);
          order.push(tenant);
          continue;
        }
        const served = serve(tenant, credit);
        if (served === 0) {
          credits.delete(tenant);
          continue;
        }
        credit -= served;
        credits.set(tenant, credit);
        // A tenant cut short by a lack of room keeps its place and what it is owed.
        if (credit > 0 && !hasRoom()) order.unshift(tenant);
        else order.push(tenant);
      }
    },
  };
}
