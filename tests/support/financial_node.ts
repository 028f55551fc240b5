import type { DailyTotalRow, TransactionRow } from "../../actors/financial_sync/rows.ts";
import { initialSync, syncAt, type SyncState, syncState } from "../../actors/financial_sync/messages.ts";
import type {
  LedgerSimulator,
  SimulatedEntry,
  SimulatedTotal,
} from "../../actors/financial_sync/simulator/contract.ts";
import { financialTables } from "../../actors/financial_sync/tables.ts";
import { openParcelNode, type ParcelNode, TENANT } from "./parcel_node.ts";

/** A node of the product's kinds whose ledger is a simulator. */
export interface FinancialNode
  extends AsyncDisposable, Pick<ParcelNode, "system" | "recorder" | "until" | "restart" | "told"> {
  sync(limit?: number, tenant?: string): Promise<void>;
  state(tenant?: string): Promise<SyncState>;
  /** Resolves when the ledger is read to its end as it is now, every page is taken over, and totals were compared after that. */
  untilSynced(ledger: Pick<LedgerSimulator, "lastPosition">, tenant?: string): Promise<void>;
  transactions(tenant?: string): Promise<readonly SimulatedEntry[]>;
  totals(tenant?: string): Promise<readonly (SimulatedTotal & Pick<DailyTotalRow, "status">)[]>;
}

const PAGE = 1_000;

export async function openFinancialNode(engine: "sqlite" | "postgres", ledgerUrl: string): Promise<FinancialNode> {
  const node = await openParcelNode(engine, { env: { LEDGER_BASE_URL: ledgerUrl } });
  const { queries } = financialTables;
  const state: FinancialNode["state"] = async (tenant = TENANT) =>
    syncState.parse((await node.system.inspect(syncAt(tenant)))?.state ?? initialSync);
  const isIdle = async (tenant: string) =>
    (await node.system.inspect(syncAt(tenant)))?.mailboxDepth === 0 &&
    await node.system.query(tenant, queries.waiting, { limit: 1 }) === 0;
  return {
    get system() {
      return node.system;
    },
    recorder: node.recorder,
    until: node.until,
    restart: node.restart,
    told: node.told,
    async sync(limit, tenant = TENANT) {
      await node.system.tell(syncAt(tenant), "sync", limit === undefined ? {} : { limit });
    },
    state,
    async untilSynced(ledger, tenant = TENANT) {
      await node.until(async () => {
        const { cursor, syncedAt, reconciledAt } = await state(tenant);
        return cursor === ledger.lastPosition(tenant) && reconciledAt !== null && reconciledAt >= syncedAt! &&
          await isIdle(tenant);
      });
    },
    async transactions(tenant = TENANT) {
      const all: TransactionRow[] = [];
      for (;;) {
        const last = all.at(-1);
        const after = last === undefined ? undefined : { position: last.position, id: last.id };
        const page = await node.system.query(tenant, queries.transactions, { limit: PAGE, after });
        all.push(...page);
        if (page.length < PAGE) return all.map(asTold);
      }
    },
    async totals(tenant = TENANT) {
      const rows = await node.system.query(tenant, queries.totals, { limit: PAGE });
      return rows.map(({ day, currency, entries, amount, status }) => ({ day, currency, entries, amount, status }))
        .sort((one, other) => `${one.day} ${one.currency}` < `${other.day} ${other.currency}` ? -1 : 1);
    },
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
}

/** A transaction as the simulator's oracle has it. */
function asTold({ id, position, account, amount, currency, bookedAt }: TransactionRow): SimulatedEntry {
  return { id, position, account, amount, currency, bookedAt: new Date(bookedAt).toISOString() };
}
