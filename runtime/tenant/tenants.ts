import type { EventDraft, RowWrite } from "../actor/journal.ts";
import { RuntimeError } from "../core/errors.ts";
import type { StoreEntry, StoreReads } from "../store/contract.ts";
import { tenantOf } from "./book.ts";
import type { TenantBook } from "./book.ts";
import type { Tenant, TenantDeed, Tenants } from "./contract.ts";
import { type RegisteredTenantRow, tenantTables } from "./tables.ts";

/** A change that others' changes get in the way of is tried so often. */
const TRIES = 10;

export interface TenantPorts {
  readonly book: TenantBook;
  readonly read: Pick<StoreReads, "query" | "point">;
  /** @throws {RuntimeError} why it is refused, or why commands are not taken now */
  readonly commit: (entry: StoreEntry) => Promise<void>;
  /** Tells other nodes to look. */
  readonly changed: () => void;
  readonly now: () => number;
  readonly usage: Tenants["usage"];
}

/** What people decide on tenants: one row each, changed in one commit with the audit row and the event that tell of it. */
export function createTenants({ book, read, commit, changed, now, usage }: TenantPorts): Tenants {
  const { name: tables, queries } = tenantTables;
  const find = async (id: string) =>
    await read.point({ tenant: "system", tables, query: queries.byId.name, args: { id } }) as
      | RegisteredTenantRow
      | null;
  const mustFind = async (id: string): Promise<RegisteredTenantRow> => {
    const row = await find(id);
    if (row === null) throw new RuntimeError("not-found", "There is no such tenant");
    return row;
  };
  const write = async (row: RowWrite, { type, id, deed }: { type: string; id: string; deed: TenantDeed }) => {
    const { tenant, by, rows } = deed;
    const event: EventDraft = { type, subject: `tenant/${id}`, data: JSON.stringify({ tenant: id, by }) };
    await commit({ tenant, at: now(), writes: [{ write: "row", row }], rows, events: [event] });
  };
  /** `next`: what becomes of it; null when there is nothing to change. */
  const decide = async (
    id: string,
    next: (row: RegisteredTenantRow) => Partial<RegisteredTenantRow> | null,
    { type, deed }: { type: string; deed: TenantDeed },
  ): Promise<Tenant> => {
    for (let tries = 1;; tries++) {
      const row = await mustFind(id);
      const changes = next(row);
      if (changes === null) return tenantOf(row);
      const { createdAt: _, createdBy: __, ...args } = { ...row, ...changes, updatedAt: now() };
      try {
        await write({ tables, write: tenantTables.writes.changed.name, args }, { type, id, deed });
      } catch (thrown) {
        if (tries < TRIES && isRefusal(thrown, "conflict")) continue;
        throw thrown;
      }
      const tenant = book.put({ ...row, ...args, revision: row.revision + 1 });
      changed();
      return tenant;
    }
  };
  const mustStay = ({ status }: RegisteredTenantRow) => {
    if (status === "deleting") throw new RuntimeError("conflict", "The tenant is being deleted");
  };
  return {
    find: book.find,
    statusOf: book.statusOf,
    settingsOf: book.settingsOf,
    held: book.held,
    watch: book.watch,
    usage,
    async create({ id, name, settings = {} }, deed) {
      const row = { id, name, settings: JSON.stringify(settings), createdAt: now(), createdBy: deed.by };
      try {
        await write({ tables, write: tenantTables.writes.created.name, args: row }, {
          type: "tenant.created",
          id,
          deed,
        });
      } catch (thrown) {
        if (!isRefusal(thrown, "constraint")) throw thrown;
        throw new RuntimeError("conflict", "There is a tenant of this id: choose another one, or change that");
      }
      const made = {
        ...row,
        status: "active",
        revision: 0,
        updatedAt: row.createdAt,
        deletingAt: null,
        lastRows: null,
      };
      const tenant = book.put(made);
      changed();
      return tenant;
    },
    async get(id) {
      const row = await find(id);
      return row === null ? null : tenantOf(row);
    },
    async page({ after, limit }) {
      const args = JSON.stringify({ after, limit });
      const rows = await read.query({ tenant: "system", tables, query: queries.page.name, args, mayLag: true });
      return (JSON.parse(rows) as RegisteredTenantRow[]).map(tenantOf);
    },
    change: (id, { name, settings = {} }, deed) =>
      decide(id, (row) => {
        mustStay(row);
        const kept = { ...JSON.parse(row.settings), ...settings };
        return { name: name ?? row.name, settings: JSON.stringify(kept) };
      }, { type: "tenant.changed", deed }),
    suspend: (id, deed) =>
      decide(id, (row) => {
        mustStay(row);
        return row.status === "suspended" ? null : { status: "suspended" };
      }, { type: "tenant.suspended", deed }),
    resume: (id, deed) =>
      decide(id, (row) => {
        mustStay(row);
        return row.status === "active" ? null : { status: "active" };
      }, { type: "tenant.resumed", deed }),
    remove: (id, deed) =>
      decide(
        id,
        ({ status }) => {
          if (status === "deleting") return null;
          return { status: "deleting", deletingAt: now(), lastRows: JSON.stringify(deed.lastRows) };
        },
        { type: "tenant.deleting", deed },
      ),
  };
}

function isRefusal(thrown: unknown, code: RuntimeError["code"]): boolean {
  return thrown instanceof RuntimeError && thrown.code === code;
}
