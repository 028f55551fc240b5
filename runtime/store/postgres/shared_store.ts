import type { Clock } from "../../core/clock.ts";
import type { Hint, SharedStore } from "../contract.ts";
import { Budgets } from "./budgets.ts";
import { Claims } from "./claims.ts";
import { storageFault } from "./faults.ts";
import { Hints, type Listener } from "./hints.ts";
import { Leases } from "./leases.ts";
import type { Life } from "./life.ts";
import type { Pool } from "./pool.ts";

export interface SharedOptions {
  readonly life: Life;
  /** Of connections that may write; several statements are sent over one at once. */
  readonly pool: Pool;
  /** Connects for notifications. */
  readonly openListener: (onLost: () => void) => Promise<Listener>;
  readonly clock: Clock;
}

/** What one life of a node does beside its batches. Whoever made the pool closes it. */
export interface OpenedShared extends SharedStore {
  /** Hears and hints nothing any more. */
  close(): Promise<void>;
}

export function createShared({ life, pool, openListener, clock }: SharedOptions): OpenedShared {
  const { generation } = life.ownership;
  const hasOthers = () => life.lease.latest.nodes > 1;
  const hints = new Hints({ open: openListener, clock, generation, hasOthers });
  const hint = (said: Hint) => life.duties !== undefined && hints.hint(said);
  const leases = new Leases(pool, life);
  const claims = new Claims(pool, life, hint);
  const budgets = new Budgets(pool);
  return {
    begin: (duties) => void (life.duties = duties),
    renew: (report) => faultless(leases.renew(report)),
    get lease() {
      return life.lease.latest;
    },
    endLapsed: () =>
      faultless((async () => {
        const ended = await leases.endLapsed();
        const freed = await claims.freeEnded();
        return ended.map((life) => ({ ...life, freed: freed.get(life.generation) ?? 0 }));
      })()),
    claimable: () => faultless(claims.claimable()),
    claim: (lane, limit, { from } = { from: null }) => faultless(claims.claim(lane, limit, from)),
    disown: (how = { busy: [] }) => faultless(claims.disown(how)),
    nodes: () => faultless(leases.nodes()),
    drain: (node, drained) => faultless(leases.drain(node, drained)),
    hint,
    listen: (hear) => faultless(hints.listen(hear)),
    reserve: (budget, how) => faultless(budgets.reserve(budget, how)),
    close: () => hints.close(),
  };
}

async function faultless<T>(statements: Promise<T>): Promise<T> {
  try {
    return await statements;
  } catch (thrown) {
    throw storageFault(thrown) ?? thrown;
  }
}
