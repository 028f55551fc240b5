import { type Address, formatAddress } from "../../actor/address.ts";
import { addressColumns, integers, texts } from "./arrays.ts";
import type { BatchState } from "./batch_state.ts";
import type { PlannedBlob } from "./plan_blobs.ts";
import type { PlannedClaim } from "./plan_claims.ts";
import type { SupervisedActor } from "./plan_supervision.ts";
import type { PlannedEntry } from "./planned_entry.ts";
import { type Session, statement } from "./session.ts";
import { store } from "./undo.ts";
import type { MustChange } from "./write_mail.ts";

/** Sends what a batch has planned beside its mailboxes and the rows of kinds. */
export function sendRest(session: Session, state: BatchState, works: readonly PlannedEntry[]): readonly MustChange[] {
  const { claims, letters, supervision, blobs, undo } = state;
  const [taken, discarded, supervised, written] = [claims.taken(), letters.take(), supervision.take(), blobs.take()];
  const changes = [
    ...sendClaims(session, taken),
    ...(discarded.length === 0
      ? []
      : [{ sent: session.send(restWrites.discard, [texts(discarded)]), rows: discarded.length }]),
  ];
  sendSupervision(session, supervised);
  sendStates(session, works);
  changes.push(...sendBlobs(session, written));
  for (const claim of taken) store(claim, undo);
  for (const actor of supervised) store(actor, undo);
  for (const blob of written) {
    if (blob.now !== null) blob.now = { ...blob.now, chunks: [], isAnew: false };
    store(blob, undo);
  }
  return changes;
}

/** Of a key that nobody held another node may have taken hold meanwhile; one whose time had ended is locked. */
function sendClaims(session: Session, claims: readonly PlannedClaim[]): MustChange[] {
  const parts = [
    [restWrites.claim, claims.filter(({ stored }) => stored === null)] as const,
    [restWrites.reclaim, claims.filter(({ stored }) => stored !== null)] as const,
  ];
  return parts.flatMap(([sql, some]) => {
    if (some.length === 0) return [];
    const rows = some.map(({ now }) => now!);
    const sent = session.send(sql, [
      texts(rows.map(({ tenant }) => tenant)),
      texts(rows.map(({ scope }) => scope)),
      texts(rows.map(({ key }) => key)),
      texts(rows.map(({ print }) => print)),
      texts(rows.map(({ answer }) => answer)),
      integers(rows.map(({ untilAt }) => untilAt)),
    ]);
    return [{ sent, rows: some.length }];
  });
}

function sendSupervision(session: Session, actors: readonly SupervisedActor[]): void {
  const silent = actors.filter(({ stored, now }) => stored !== null && now === null);
  if (silent.length > 0) {
    session.send(restWrites.unsupervise, [...addressColumns(silent.map(({ address }) => address)), silent.length]);
  }
  const said = actors.filter(({ now }) => now !== null);
  if (said.length === 0) return;
  const rows = said.map(({ now }) => now!);
  session.send(restWrites.supervise, [
    ...addressColumns(said.map(({ address }) => address)),
    texts(rows.map(({ parentKind }) => parentKind)),
    texts(rows.map(({ parentKey }) => parentKey)),
    integers(rows.map(({ place }) => place)),
    texts(rows.map(({ restarts }) => restarts)),
    integers(rows.map(({ parkedAt }) => parkedAt)),
    texts(rows.map(({ parkReason }) => parkReason)),
    texts(rows.map(({ parkedBecause }) => parkedBecause)),
  ]);
}

interface NewState {
  readonly address: Address;
  readonly state: string;
  readonly stateVersion: number;
  /** How many states of the actor the batch holds; only the last is written. */
  readonly changes: number;
  readonly at: number;
}

/** Of several states of one actor only the last is written; the others count in its version. */
function sendStates(session: Session, works: readonly PlannedEntry[]): void {
  const forgotten = new Map<string, Address>();
  const states = new Map<string, NewState>();
  for (const { at, states: changes } of works) {
    for (const change of changes) {
      const name = formatAddress(change.address);
      if (change.write === "forget") {
        states.delete(name);
        forgotten.set(name, change.address);
        continue;
      }
      const { address, state, stateVersion } = change;
      states.set(name, { address, state, stateVersion, changes: (states.get(name)?.changes ?? 0) + 1, at });
    }
  }
  if (forgotten.size > 0) session.send(restWrites.forget, [...addressColumns([...forgotten.values()]), forgotten.size]);
  if (states.size === 0) return;
  // In the order of their names, so that no two batches wait for each other.
  const rows = [...states].sort(([one], [other]) => one < other ? -1 : 1).map(([, state]) => state);
  session.send(restWrites.snapshot, [
    ...addressColumns(rows.map(({ address }) => address)),
    texts(rows.map(({ state }) => state)),
    integers(rows.map(({ stateVersion }) => stateVersion)),
    integers(rows.map(({ changes }) => changes)),
    integers(rows.map(({ at }) => at)),
  ]);
}

function sendBlobs(session: Session, blobs: readonly PlannedBlob[]): MustChange[] {
  const changes: MustChange[] = [];
  for (const { name: { tenant, id }, stored, now } of blobs) {
    if (stored !== null && (now === null || now.isAnew)) {
      session.send(restWrites.dropChunks, [tenant, id]);
      session.send(restWrites.dropBlob, [tenant, id]);
    }
    if (now === null) continue;
    if (stored === null || now.isAnew) session.send(restWrites.beginBlob, [tenant, id, now.begunAt]);
    for (const { idx, startByte, bytes } of now.chunks) {
      changes.push({ sent: session.send(restWrites.addChunk, [tenant, id, startByte, idx, bytes]), rows: 1 });
    }
    if (now.done === 1) session.send(restWrites.finishBlob, [tenant, id, now.sizeBytes]);
  }
  return changes;
}

const CLAIM = `insert into idempotency_keys (tenant, scope, key, print, answer, until_at)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
  on conflict (tenant, scope, key)`;
/** Rows of actors: looked up one by one, as messages are. $4: how many. */
function remove(table: "actors" | "supervision"): string {
  return `delete from ${table} as s using (
      select t.ctid from unnest($1::text[], $2::text[], $3::text[]) as a (tenant, kind, key)
        cross join lateral (select ctid from ${table} as s
          where s.tenant = a.tenant and s.kind = a.kind and s.key = a.key offset 0) as t limit $4::bigint) as a
    where s.ctid = a.ctid`;
}

/** What changes the rest of what a batch says. */
export const restWrites = {
  claim: statement(`${CLAIM} do nothing`),
  reclaim: statement(`${CLAIM} do update set print = excluded.print, answer = excluded.answer,
    until_at = excluded.until_at`),
  discard: statement("delete from dead_letters where id = any($1::text[])"),
  unsupervise: statement(remove("supervision")),
  supervise: statement(`insert into supervision (tenant, kind, key, parent_kind, parent_key, place, restarts, parked_at,
      park_reason, parked_because)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[],
      $8::bigint[], $9::text[], $10::text[])
    on conflict (tenant, kind, key) do update set parent_kind = excluded.parent_kind, parent_key = excluded.parent_key,
      place = excluded.place, restarts = excluded.restarts, parked_at = excluded.parked_at,
      park_reason = excluded.park_reason, parked_because = excluded.parked_because`),
  forget: statement(remove("actors")),
  snapshot: statement(`insert into actors (tenant, kind, key, state, state_version, version, updated_at)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
    on conflict (tenant, kind, key) do update set state = excluded.state, state_version = excluded.state_version,
      version = actors.version + excluded.version, updated_at = excluded.updated_at`),
  dropChunks: statement("delete from blob_chunks where tenant = $1 and id = $2"),
  dropBlob: statement("delete from blobs where tenant = $1 and id = $2"),
  beginBlob: statement("insert into blobs (tenant, id, size_bytes, begun_at, done) values ($1, $2, 0, $3, 0)"),
  addChunk: statement("insert into blob_chunks (tenant, id, start_byte, idx, bytes) values ($1, $2, $3, $4, $5)"),
  finishBlob: statement("update blobs set size_bytes = $3, done = 1 where tenant = $1 and id = $2"),
};
