import type { DatabaseSync } from "node:sqlite";
import { type Kysely, type RawBuilder, sql, type SqlBool } from "kysely";
import type { Address } from "../../actor/address.ts";
import type { ActorSight, ActorsPage, ActorStatus } from "../contract.ts";
import type { RuntimeSchema } from "../schema.ts";
import { supervisedOf, SUPERVISION_COLUMNS } from "../supervised.ts";
import { prepare } from "./prepared.ts";

type Place = Omit<Address, "tenant">;
/** The first place after this one, in (kind, key) order. */
type Step = (after: Address, within: { readonly sameKind: boolean }) => Place | undefined;

const NO_MAIL = sql<SqlBool>`not exists (select 1 from messages as mail
  where mail.tenant = place.tenant and mail.kind = place.kind and mail.key = place.key)`;
const NOT_PARKED = sql<SqlBool>`not exists (select 1 from supervision as control
  where control.tenant = place.tenant and control.kind = place.kind and control.key = place.key
    and control.parked_at is not null)`;

/**
 * A tenant's actors by page: those that have state, mail or a supervision of their own, found by leaps along three primary
 * keys at once. A page costs a few seeks per actor, however many actors there are and however deep their mailboxes.
 */
export class ActorPages {
  readonly #steps: Readonly<Record<ActorStatus | "any", readonly Step[]>>;
  readonly #parts;

  constructor(db: DatabaseSync) {
    const mail = prepareStep(db, "messages", sql`true`);
    this.#steps = {
      any: [prepareStep(db, "actors", sql`true`), prepareStep(db, "supervision", sql`true`), mail],
      parked: [prepareStep(db, "supervision", sql`place.parked_at is not null`)],
      waiting: [mail],
      idle: [
        prepareStep(db, "actors", sql`${NO_MAIL} and ${NOT_PARKED}`),
        prepareStep(db, "supervision", sql`${NO_MAIL} and place.parked_at is null`),
      ],
    };
    this.#parts = prepareParts(db);
  }

  page({ tenant, kind, status, after, limit }: ActorsPage): readonly ActorSight[] {
    const from = { kind: kind ?? after?.kind ?? "", key: after?.key ?? "" };
    const places = merged(this.#steps[status ?? "any"], { ...from, tenant }, { sameKind: kind !== undefined });
    const sights: ActorSight[] = [];
    for (const place of places) {
      const sight = this.#look({ ...place, tenant });
      if (status === undefined || sight.status === status) sights.push(sight);
      if (sights.length === limit) break;
    }
    return sights;
  }

  #look(address: Address): ActorSight {
    const { kind, key } = address;
    const state = this.#parts.state.get(address);
    const row = this.#parts.supervision.get(address);
    const supervised = row === undefined ? { parent: null, restarts: [], parked: null } : supervisedOf(row);
    const waits = this.#parts.mail.get(address) !== undefined;
    const status = supervised.parked !== null ? "parked" : waits ? "waiting" : "idle";
    return { kind, key, status, version: state?.version ?? 0, updatedAt: state?.updatedAt ?? null, ...supervised };
  }
}

/** What the steps come upon, in order and once each. */
function* merged(steps: readonly Step[], from: Address, within: { readonly sameKind: boolean }): Generator<Place> {
  const next = steps.map((step) => step(from, within));
  for (;;) {
    const first = next.reduce((least, place) => place === undefined || isBefore(least, place) ? least : place);
    if (first === undefined) return;
    yield first;
    next.forEach((place, index) => {
      if (place === undefined || isBefore(first, place)) return;
      next[index] = steps[index]!({ ...first, tenant: from.tenant }, within);
    });
  }
}

function isBefore(one: Place | undefined, other: Place): boolean {
  return one !== undefined && (one.kind < other.kind || one.kind === other.kind && one.key < other.key);
}

/** SQLite does not leap over row values, so a step is two: along the kind, then to the next one. */
function prepareStep(db: DatabaseSync, table: "actors" | "supervision" | "messages", only: RawBuilder<unknown>): Step {
  const places = (db: Kysely<RuntimeSchema>) =>
    db.selectFrom(sql<Address>`${sql.table(table)}`.as("place")).select(["kind", "key"])
      .where(only as RawBuilder<SqlBool>).limit(sql.lit(1));
  const alongKind = prepare(
    db,
    (db, { tenant, kind, key }: Address) =>
      places(db).where("tenant", "=", tenant).where("kind", "=", kind).where("key", ">", key).orderBy("key"),
  );
  const nextKind = prepare(
    db,
    (db, { tenant, kind }: Address) =>
      places(db).where("tenant", "=", tenant).where("kind", ">", kind).orderBy("kind").orderBy("key"),
  );
  return (after, { sameKind }) => alongKind.get(after) ?? (sameKind ? undefined : nextKind.get(after));
}

function prepareParts(db: DatabaseSync) {
  return {
    state: prepare(db, (db, { tenant, kind, key }: Address) =>
      db.selectFrom("actors").select(["version", "updatedAt"])
        .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)),
    supervision: prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.selectFrom("supervision").select(SUPERVISION_COLUMNS)
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key),
    ),
    mail: prepare(db, (db, { tenant, kind, key }: Address) =>
      db.selectFrom("messages").select("seq")
        .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key).limit(sql.lit(1))),
  };
}
