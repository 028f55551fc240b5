import type { Address } from "../../actor/address.ts";
import type { MessageRef } from "../../actor/message.ts";
import type { IdempotencyKeyRow, Slot, SupervisionRow } from "../schema.ts";
import { addressColumns, integers, refColumns, texts } from "./arrays.ts";
import { BatchState } from "./batch_state.ts";
import type { Ownership } from "./heads.ts";
import { lockMailboxes } from "./locks.ts";
import { type Mail, type Mailboxes, mailOf } from "./mail.ts";
import type { Needs } from "./needs.ts";
import { reads } from "./read_batch_statements.ts";
import { Seqs, SEQS_AT_ONCE } from "./seqs.ts";
import type { Sent, Session, SqlArgument, SqlStatement } from "./session.ts";
import { DueHeads } from "./wakes.ts";

/** Clocks of nodes are not further apart, once they are corrected. */
const CLOCKS_APART_MS = 10_000;

/**
 * Locks and reads what a batch needs, in one round trip; in two when it frees actors because of which others are parked.
 * What else the transaction has to say first is on its way already. Rows that others change without the mailbox's lock,
 * such as a head that is claimed, are locked by being read.
 */
export async function readBatch(
  session: Session,
  needs: Needs,
  { ownership, at }: { ownership: Ownership; at: number },
): Promise<BatchState> {
  const boxes = [...needs.mailboxes.values()].sort(byAddress);
  lockMailboxes(session, needs.mailboxes.values().map(({ address }) => address));
  const sent = {
    ...sendMail(session, boxes, { at, me: ownership.me }),
    refs: ask(session, reads.named, [...refColumns(needs.refs), ownership.me], needs.refs),
    held: ask(session, reads.dedupeHolders, dedupeColumns(needs), needs.dedupeKeys),
    claims: ask(session, reads.claims, claimColumns(needs), needs.claims),
    blobs: ask(session, reads.blobs, blobColumns(needs), needs.blobs),
    letters: ask(session, reads.letters, [names(needs.letters.map(({ id }) => id))], needs.letters),
    supervised: ask(session, reads.supervised, addressColumns(needs.supervised), needs.supervised),
    lastPlaces: ask(session, reads.lastPlaces, addressColumns(needs.parents), needs.parents),
    because: ask(session, reads.parkedBecause, becauseColumns(needs.freed), needs.freed),
    children: ask(session, reads.children, addressColumns(needs.forgotten), needs.forgotten),
    due: needs.wakeLimit === 0
      ? undefined
      : session.send(reads.dueHeads, [needs.wakeNow, needs.wakeLimit + 1, ownership.me]),
    later: needs.wakeLimit === 0
      ? undefined
      : session.send(reads.laterHeads, [needs.wakeNow, boxes.length + 1, ownership.me]),
    seqs: needs.appends === 0 ? undefined : session.send(reads.seqs, [Math.ceil(needs.appends / SEQS_AT_ONCE)]),
  };
  await session.answered();
  const seqs = new Seqs();
  seqs.add((await rowsOf(sent.seqs)).map(([seq]) => seq as number));
  const [due, later] = [await rowsOf(sent.due), await rowsOf(sent.later)].map((rows) => rows.map(mailFrom));
  const state = new BatchState({ ownership, seqs, due: new DueHeads({ due: due!, later: later! }) });
  for (const { address } of boxes) state.mailboxes.open(address);
  await learnMail(state, sent);
  // One of a mailbox that the batch does not name is all that there is to know of it.
  for (const mail of due!) {
    if (state.mailboxes.at(mail.ref) === undefined) state.mailboxes.open(mail.ref).add(mail);
  }
  for (const row of await rowsOf(sent.refs)) addMail(state.mailboxes, row);
  for (const row of await rowsOf(sent.held)) state.dedupe.know(refFrom(row), row[DEDUPE_KEY] as string);
  for (const row of await rowsOf(sent.claims)) state.claims.know(claimFrom(row));
  for (const [tenant, id, done, begunAt, idx, startByte, bytes] of await rowsOf(sent.blobs) as BlobFound[]) {
    const chunk = idx === null ? { lastIndex: -1, endByte: 0 } : { lastIndex: idx, endByte: startByte! + bytes! };
    state.blobs.know({ tenant, id }, { sizeBytes: 0, begunAt, done, ...chunk });
  }
  for (const [tenant, id] of await rowsOf(sent.letters) as [string, string][]) state.letters.know(tenant, id);
  for (const [tenant, kind, key, place] of await rowsOf(sent.lastPlaces) as [string, string, string, number][]) {
    state.supervision.knowLastPlace({ tenant, kind, key }, place);
  }
  const because = (await rowsOf(sent.because)).map(supervisionFrom);
  for (const rows of [sent.supervised, sent.children]) {
    for (const row of await rowsOf(rows)) state.supervision.know(supervisionFrom(row));
  }
  for (const row of because) state.supervision.know(row);
  await readOthers(session, state, { addresses: because, at, me: ownership.me });
  return state;
}

/** As whoever frees heads locks them. */
function byAddress({ address: one }: { address: Address }, { address: other }: { address: Address }): number {
  for (const part of ["tenant", "kind", "key"] as const) {
    if (one[part] !== other[part]) return one[part] < other[part] ? -1 : 1;
  }
  return 0;
}

/** Actors that are freed with another one: their mailboxes are locked after all others, as they were not known before. */
async function readOthers(
  session: Session,
  state: BatchState,
  { addresses, ...how }: { addresses: readonly Address[]; at: number; me: number },
): Promise<void> {
  const others = addresses.filter((address) => state.mailboxes.at(address) === undefined);
  if (others.length === 0) return;
  lockMailboxes(session, others);
  const sent = sendMail(session, others.map((address) => ({ address, takes: 0, grows: false })), how);
  await session.answered();
  for (const address of others) state.mailboxes.open(address);
  await learnMail(state, sent);
}

type SentMail = ReturnType<typeof sendMail>;

function sendMail(
  session: Session,
  boxes: readonly { address: Address; takes: number; grows: boolean }[],
  { at, me }: { at: number; me: number },
): Record<"first" | "latest" | "parked", Sent | undefined> {
  const addresses = addressColumns(boxes.map(({ address }) => address));
  const growing = boxes.filter(({ grows }) => grows).map(({ address }) => address);
  return {
    first: ask(session, reads.first, [...addresses, integers(boxes.map(({ takes }) => takes + 1)), me], boxes),
    latest: ask(session, reads.latest, [...addressColumns(growing), at + CLOCKS_APART_MS], growing),
    parked: ask(session, reads.parked, addresses, boxes),
  };
}

async function learnMail({ mailboxes }: BatchState, { first, latest, parked }: SentMail): Promise<void> {
  for (const row of await rowsOf(first)) addMail(mailboxes, row);
  for (const [tenant, kind, key, at] of await rowsOf(latest) as [string, string, string, number][]) {
    mailboxes.open({ tenant, kind, key }).latestAt = at;
  }
  for (const [tenant, kind, key] of await rowsOf(parked) as [string, string, string][]) {
    mailboxes.open({ tenant, kind, key }).isParked = true;
  }
}

function addMail(mailboxes: Mailboxes, row: readonly unknown[]): void {
  const mail = mailFrom(row);
  mailboxes.open({ tenant: mail.ref.tenant, kind: mail.ref.kind, key: mail.ref.key }).add(mail);
}

function ask(
  session: Session,
  statement: SqlStatement,
  values: readonly SqlArgument[],
  { length }: { readonly length: number },
): Sent | undefined {
  return length === 0 ? undefined : session.send(statement, values);
}

async function rowsOf(sent: Sent | undefined): Promise<readonly unknown[][]> {
  return sent === undefined ? [] : (await sent.answer).rows;
}

const DEDUPE_KEY = 8;

function refFrom(row: readonly unknown[]): MessageRef {
  const [tenant, kind, key, dueAt, seq] = row as [string, string, string, number, number];
  return { tenant, kind, key, dueAt, seq };
}

function mailFrom(row: readonly unknown[]): Mail {
  const [, , , , , readyAt, slot, owner, dedupeKey] = row as [...unknown[]] as [
    ...[unknown, unknown, unknown, unknown, unknown],
    ...[number, Slot, number, string | null],
  ];
  return mailOf(refFrom(row), { slot, owner, readyAt, dedupeKey });
}

type BlobFound = [
  ...[tenant: string, id: string, done: number, begunAt: number],
  ...[idx: number | null, startByte: number | null, bytes: number | null],
];

function claimFrom(row: readonly unknown[]): IdempotencyKeyRow {
  const [tenant, scope, key, print, answer, untilAt] = row as [string, string, string, string, string, number];
  return { tenant, scope, key, print, answer, untilAt };
}

function supervisionFrom(row: readonly unknown[]): SupervisionRow {
  const [tenant, kind, key, parentKind, parentKey, place, restarts, parkedAt, parkReason, parkedBecause] = row as [
    ...[string, string, string, string | null, string | null, number, string],
    ...[number | null, string | null, string | null],
  ];
  return { tenant, kind, key, parentKind, parentKey, place, restarts, parkedAt, parkReason, parkedBecause };
}

/**
 * Names that people and handlers make up. One with NUL, which no column can hold, is looked for without it, and not found:
 * so the entry is refused alone, when it is written, and not the batch because of what it asks.
 */
function names(values: readonly string[]): string {
  return texts(values.map((value) => value.replaceAll("\0", "\uFFFD")));
}

function dedupeColumns({ dedupeKeys }: Needs): string[] {
  return [
    texts(dedupeKeys.map(({ tenant }) => tenant)),
    texts(dedupeKeys.map(({ kind }) => kind)),
    names(dedupeKeys.map(({ dedupeKey }) => dedupeKey)),
  ];
}

function claimColumns({ claims }: Needs): string[] {
  return [
    texts(claims.map(({ tenant }) => tenant)),
    names(claims.map(({ scope }) => scope)),
    names(claims.map(({ key }) => key)),
  ];
}

function blobColumns({ blobs }: Needs): string[] {
  return [texts(blobs.map(({ tenant }) => tenant)), names(blobs.map(({ id }) => id))];
}

function becauseColumns(freed: readonly Address[]): string[] {
  return [texts(freed.map(({ tenant }) => tenant)), texts(freed.map(({ kind, key }) => `${kind}/${key}`))];
}
