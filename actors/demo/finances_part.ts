import { type Clock, every } from "../../runtime/core/clock.ts";
import type { LedgerFaults } from "../financial_sync/simulator/contract.ts";
import { openLedgerSimulator } from "../financial_sync/simulator/simulator.ts";
import { json } from "./demo_api.ts";
import { type DemoPart, WASH_TENANTS } from "./part.ts";

const SEED = 20_26;
const PAST_ENTRIES = 1_000;
const HOUR_S = 3_600;
const SECOND_MS = 1_000;
/** Instead of every 15 minutes, so that it can be watched. */
const SYNC_EVERY_MS = 5_000;
const HANG_MS = 5_000;
const MILD: LedgerFaults = { serverError: 15, limited: 5, truncated: 10, html: 5, reordered: 30, repeated: 20 };

/** A ledger where entries are booked for an hour, and each tenant's sync that follows it. */
export async function openFinances(clock: Clock): Promise<DemoPart> {
  const ledger = await openLedgerSimulator({
    ...{ seed: SEED, faults: MILD, hangMs: HANG_MS },
    entries: PAST_ENTRIES + HOUR_S,
    released: PAST_ENTRIES,
  }, { clock });
  const cancel = every(clock, SECOND_MS, () => ledger.release(1));
  return {
    env: { LEDGER_BASE_URL: ledger.url },
    async begin(api) {
      for (const tenant of WASH_TENANTS) {
        await api.post(tenant, "/api/financial-sync", json({ everyMs: SYNC_EVERY_MS }));
      }
      return new AsyncDisposableStack();
    },
    lines(url) {
      const [tenant] = WASH_TENANTS;
      return [
        `Each one's books, kept as the ledger has them: curl -s '${url}/api/financial-sync?tenant=${tenant}'`,
      ];
    },
    async [Symbol.asyncDispose]() {
      cancel();
      await ledger[Symbol.asyncDispose]();
    },
  };
}
