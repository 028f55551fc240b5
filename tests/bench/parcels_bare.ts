import { DatabaseSync } from "node:sqlite";

/** Events as the source writes them; the bench has no malformed ones. */
interface Page {
  readonly ScanEvents: readonly {
    readonly EventId: number;
    readonly ParcelId: number;
    readonly Type: string;
    readonly CreatedDateTimeUtc: string;
    readonly StatusCode?: string | null;
    readonly Device?: { readonly DeviceTransactionId: number; readonly DeviceId: number } | null;
    readonly User?: { readonly UserId: string; readonly CarrierId: string; readonly RunId?: string } | null;
  }[];
}

const PAGE_EVENTS = 1_000;

/**
 * The pages of a source from its first event to its last, one after the other, fetched and parsed and nothing else.
 * @returns events a second; `each` is told of the pages, and takes none of that time
 */
export async function fetchBare(url: string, each: (page: Page) => void = () => {}): Promise<number> {
  let [events, ms] = [0, 0];
  for (let from = 1, isFull = true; isFull;) {
    const begunAt = performance.now();
    const answer = await fetch(`${url}?FromEventId=${from}&Limit=${PAGE_EVENTS}`);
    const page = JSON.parse(await answer.text()) as Page;
    ms += performance.now() - begunAt;
    each(page);
    const { ScanEvents } = page;
    events += ScanEvents.length;
    isFull = ScanEvents.length === PAGE_EVENTS;
    if (ScanEvents.length > 0) from = ScanEvents.at(-1)!.EventId + 1;
  }
  return events / ms * 1_000;
}

type Bound = string | number | null;

export interface BareRows extends Disposable {
  /** The rows of one page in one commit; how long that took, in ms. */
  write(page: Page): number;
}

/**
 * What the disk and SQLite allow: a scan's row and its parcel's, as folded by the page, prepared statements in a bare loop,
 * WAL with synchronous=FULL, a page a transaction, with the indexes that the lists need.
 */
export function openBareRows(path: string): BareRows {
  const db = new DatabaseSync(path);
  db.exec("pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16384;");
  db.exec(
    `create table streams (tenant text, name text, checkpoint integer, primary key (tenant, name)) without rowid;
    insert into streams values ('demo', 'one', 0);
    create table scans (id integer primary key, tenant text, stream text, parcel_id integer, event_id integer, type text,
      status_code text, run_id text, carrier_id text, user_id text, device_id integer, device_transaction_id integer,
      created_at text, received_at integer);
    create unique index scans_key on scans (tenant, stream, parcel_id, event_id);
    create table parcels (tenant text, stream text, parcel_id integer, last_event_id integer, type text, status_code text,
      run_id text, carrier_id text, created_at text, pickup_at text, pickup_event_id integer, delivery_at text,
      delivery_event_id integer, updated_at integer, primary key (tenant, stream, parcel_id)) without rowid;
    create index parcels_by_id on parcels (tenant, parcel_id, stream);
    create index parcels_by_type on parcels (tenant, type, status_code, parcel_id, stream);
    create index parcels_by_run on parcels (tenant, run_id, parcel_id, stream);
    create index parcels_by_update on parcels (tenant, updated_at, parcel_id, stream);`,
  );
  const scan = db.prepare(
    `insert into scans (tenant, stream, parcel_id, event_id, type, status_code, run_id, carrier_id, user_id, device_id,
      device_transaction_id, created_at, received_at) values ('demo', 'one', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      on conflict do nothing`,
  );
  const parcel = db.prepare(
    `insert into parcels values ('demo', 'one', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      on conflict do update set last_event_id = excluded.last_event_id, type = excluded.type,
      status_code = excluded.status_code, run_id = excluded.run_id, carrier_id = excluded.carrier_id,
      created_at = excluded.created_at, pickup_at = coalesce(parcels.pickup_at, excluded.pickup_at),
      pickup_event_id = coalesce(parcels.pickup_event_id, excluded.pickup_event_id),
      delivery_at = coalesce(parcels.delivery_at, excluded.delivery_at),
      delivery_event_id = coalesce(parcels.delivery_event_id, excluded.delivery_event_id), updated_at = excluded.updated_at
      where excluded.last_event_id > parcels.last_event_id`,
  );
  const advance = db.prepare("update streams set checkpoint = ? where tenant = 'demo' and name = 'one'");
  let pages = 0;
  return {
    write({ ScanEvents }) {
      const begunAt = performance.now();
      const at = ++pages;
      const latest = new Map<number, Bound[]>();
      const [pickups, deliveries] = [new Map<number, Bound[]>(), new Map<number, Bound[]>()];
      db.exec("begin immediate");
      for (const { EventId: id, ParcelId, Type, CreatedDateTimeUtc: created, StatusCode, Device, User } of ScanEvents) {
        const [code, run, carrier] = [StatusCode ?? "", User?.RunId ?? null, User?.CarrierId ?? null];
        const device = [User?.UserId ?? null, Device?.DeviceId ?? null, Device?.DeviceTransactionId ?? null];
        scan.run(ParcelId, id, Type, code, run, carrier, ...device, created, at);
        if (Type === "PICKUP" && !pickups.has(ParcelId)) pickups.set(ParcelId, [created, id]);
        if (Type === "DELIVERY" && !deliveries.has(ParcelId)) deliveries.set(ParcelId, [created, id]);
        latest.set(ParcelId, [ParcelId, id, Type, code, run, carrier, created]);
      }
      for (const [id, row] of latest) {
        parcel.run(...row, ...pickups.get(id) ?? [null, null], ...deliveries.get(id) ?? [null, null], at);
      }
      advance.run(ScanEvents.at(-1)?.EventId ?? 0);
      db.exec("commit");
      return performance.now() - begunAt;
    },
    [Symbol.dispose]: () => db.close(),
  };
}
