/** Serves tenants in turn, each by its weight. */
export interface Rotation {
  /** The tenant has something to serve; no matter if it is known already. */
  join(tenant: string): void;
  /** The tenant has nothing left at all: what it is owed, or owes, is forgotten. */
  leave(tenant: string): void;
  /**
   * Calls `serve` for tenants in turn until none serves any more. `serve` starts turns of the tenant worth at most
   * about `credit` and answers how many it started; 0 leaves the tenant out until it joins again. One that came to a
   * limit so, in the middle of its turn, goes on with that turn then: else its weight would count for nothing.
   */
  turn(serve: (tenant: string, credit: number) => number, hasRoom: () => boolean): void;
}

/**
 * `quantum`: turns in one go for a weight of 1.
 * @see Shreedhar and Varghese, "Efficient Fair Queuing using Deficit Round Robin", SIGCOMM 1995
 */
export function createRotation(weightOf: (tenant: string) => number, quantum: () => number = () => 1): Rotation {
  const credits = new Map<string, number>();
  const order: string[] = [];
  const inOrder = new Set<string>();
  return {
    join(tenant) {
      if (inOrder.has(tenant)) return;
      inOrder.add(tenant);
      if ((credits.get(tenant) ?? 0) > 0) order.unshift(tenant);
      else order.push(tenant);
    },
    leave: (tenant) => void credits.delete(tenant),
    turn(serve, hasRoom) {
      while (order.length > 0 && hasRoom()) {
        const tenant = order.shift()!;
        let credit = credits.get(tenant) ?? 0;
        if (credit <= 0) credit += quantum() * weightOf(tenant);
        credits.set(tenant, credit);
        if (credit <= 0) {
          order.push(tenant);
          continue;
        }
        const served = serve(tenant, credit);
        if (served === 0) {
          inOrder.delete(tenant);
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
