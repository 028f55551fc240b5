/**
 * Serves tenants in turn, each by its weight. One that comes with its first work has its first go before those that have
 * had theirs, so that little work waits for nobody's backlog; once a round at most, however often it comes and goes.
 */
export interface Rotation {
  /** The tenant has something to serve; no matter if it is known already. */
  join(tenant: string): void;
  /** Said while it is served: the tenant has nothing left at all. What it is owed, or owes, is forgotten. */
  leave(tenant: string): void;
  /**
   * Calls `serve` for tenants in turn until none serves any more. `serve` starts turns of the tenant worth at most
   * about `credit` and answers how many it started; fewer, with room left, leave the tenant out until it joins again.
   * It goes on with its turn then: it may have come to a limit, and else its weight would count for nothing.
   */
  turn(serve: (tenant: string, credit: number) => number, hasRoom: () => boolean): void;
}

/**
 * `quantum`: turns in one go for a weight of 1.
 * @see Shreedhar and Varghese, "Efficient Fair Queuing using Deficit Round Robin", SIGCOMM 1995; Hoeiland-Joergensen et
 * al., "The Flow Queue CoDel Packet Scheduler and Active Queue Management Algorithm", RFC 8290, 2018, section 4.2
 */
export function createRotation(weightOf: (tenant: string) => number, quantum: () => number = () => 1): Rotation {
  const credits = new Map<string, number>();
  const arrived: string[] = [];
  const order: string[] = [];
  const queued = new Set<string>();
  /** Their places in the order outlive them: who comes back before its place is reached has not arrived anew. */
  const gone = new Set<string>();
  return {
    join(tenant) {
      gone.delete(tenant);
      if (queued.has(tenant)) return;
      queued.add(tenant);
      const credit = credits.get(tenant);
      if (credit === undefined) arrived.push(tenant);
      else if (credit > 0) order.unshift(tenant);
      else order.push(tenant);
    },
    leave(tenant) {
      credits.delete(tenant);
      gone.add(tenant);
    },
    turn(serve, hasRoom) {
      while (arrived.length + order.length > 0 && hasRoom()) {
        const places = arrived.length > 0 ? arrived : order;
        const tenant = places.shift()!;
        if (gone.delete(tenant)) {
          queued.delete(tenant);
          continue;
        }
        let credit = credits.get(tenant) ?? 0;
        if (credit <= 0) credit += quantum() * weightOf(tenant);
        credits.set(tenant, credit);
        if (credit <= 0) {
          order.push(tenant);
          continue;
        }
        const served = serve(tenant, credit);
        if (gone.has(tenant)) {
          order.push(tenant);
          continue;
        }
        credit -= served;
        credits.set(tenant, credit);
        if (credit <= 0) order.push(tenant);
        else if (hasRoom()) queued.delete(tenant);
        // Cut short by a lack of room, it keeps its place and what it is owed.
        else places.unshift(tenant);
      }
    },
  };
}
