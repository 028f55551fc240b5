import type { MessageRef } from "../../actor/message.ts";
import { integers, refColumns, texts } from "./arrays.ts";
import type { Mail, Mailboxes, MailState } from "./mail.ts";
import { type Sent, type Session, statement } from "./session.ts";
import { store, type UndoLog } from "./undo.ts";

/** A statement with how many rows it has to change: where it changes fewer, somebody else was faster. */
export interface MustChange {
  readonly sent: Sent;
  readonly rows: number;
}

/** A message that was there before. */
type Kept = Mail & { readonly now: MailState };

/**
 * Sends what a batch has planned for its mailboxes. Messages leave before others come, as these may bear their dedupe keys;
 * whatever is made from messages that leave has to be sent before.
 */
export function sendMail(session: Session, mailboxes: Mailboxes, { me }: { me: number }): readonly MustChange[] {
  const { mail, taken } = mailboxes.take();
  const gone: Mail[] = [];
  const kept: Kept[] = [];
  const added: Mail[] = [];
  for (const each of mail) {
    if (each.stored === null) {
      if (each.now !== null) added.push(each);
    } else if (each.now === null) gone.push(each);
    else kept.push(each as Kept);
  }
  const changes = [
    ...sendLeaving(session, { gone, taken, me }),
    ...sendKept(session, kept),
    ...sendAdded(session, added),
  ];
  noteStored(mail, mailboxes.undo);
  return changes;
}

function noteStored(mail: readonly Mail[], undo: UndoLog): void {
  for (const each of mail) store<MailState | null>(each, undo);
}

function sendLeaving(
  session: Session,
  { gone, taken, me }: { gone: readonly Mail[]; taken: readonly MessageRef[]; me: number },
): MustChange[] {
  const changes: MustChange[] = [];
  const buried = gone.filter(({ burial }) => burial !== null);
  if (buried.length > 0) {
    const letters = buried.map(({ burial }) => burial!);
    const sent = session.send(mailWrites.bury, [
      ...refColumns(buried.map(({ ref }) => ref)),
      integers(letters.map(({ attempts }) => attempts)),
      integers(letters.map(({ crashes }) => crashes)),
      texts(letters.map(({ error }) => error)),
      integers(letters.map(({ diedAt }) => diedAt)),
    ]);
    changes.push({ sent, rows: buried.length });
  }
  if (taken.length > 0) {
    changes.push({ sent: session.send(mailWrites.take, [...refColumns(taken), taken.length, me]), rows: taken.length });
  }
  if (gone.length > 0) {
    const sent = session.send(mailWrites.remove, [...refColumns(gone.map(({ ref }) => ref)), gone.length]);
    changes.push({ sent, rows: gone.length });
  }
  return changes;
}

function sendKept(session: Session, kept: readonly Kept[]): MustChange[] {
  const changes: MustChange[] = [];
  const change = (
    sql: typeof mailWrites.place,
    mail: readonly Kept[],
    columns: (states: readonly MailState[]) => string[],
  ) => {
    if (mail.length === 0) return;
    const values = [...refColumns(mail.map(({ ref }) => ref)), mail.length, ...columns(mail.map(({ now }) => now))];
    changes.push({ sent: session.send(sql, values), rows: mail.length });
  };
  const isPut = ({ stored, now }: Kept) => now.put !== stored!.put;
  const isPlaced = ({ stored, now }: Kept) => now.slot !== stored!.slot || now.owner !== stored!.owner;
  change(mailWrites.put, kept.filter(isPut), (states) => [
    integers(states.map(({ slot }) => slot)),
    integers(states.map(({ owner }) => owner)),
    integers(states.map(({ readyAt }) => readyAt)),
    integers(states.map(({ put }) => put!.attempts)),
    integers(states.map(({ put }) => put!.crashes)),
    texts(states.map(({ put }) => put!.lastError)),
  ]);
  change(mailWrites.place, kept.filter((mail) => !isPut(mail) && isPlaced(mail)), (states) => [
    integers(states.map(({ slot }) => slot)),
    integers(states.map(({ owner }) => owner)),
  ]);
  // A postponement takes a mark off by itself.
  const isMarked = ({ stored, now }: Kept) => now.mark !== null && now.mark !== stored!.mark;
  change(mailWrites.mark, kept.filter(isMarked), (states) => [
    integers(states.map(({ mark }) => mark!.generation)),
    integers(states.map(({ mark }) => mark!.deaths)),
  ]);
  change(mailWrites.wish, kept.filter(({ stored, now }) => now.wishedBy !== stored!.wishedBy), (states) => [
    texts(states.map(({ wishedBy }) => wishedBy)),
  ]);
  return changes;
}

function sendAdded(session: Session, added: readonly Mail[]): MustChange[] {
  if (added.length === 0) return [];
  const refs = added.map(({ ref }) => ref);
  const states = added.map(({ now }) => now!);
  const messages = added.map(({ added }) => added!.message);
  const sent = session.send(mailWrites.insert, [
    ...refColumns(refs),
    integers(states.map(({ slot }) => slot)),
    integers(states.map(({ owner }) => owner)),
    integers(states.map(({ readyAt }) => readyAt)),
    integers(messages.map(({ priority }) => priority)),
    texts(messages.map(({ dedupeKey }) => dedupeKey)),
    integers(added.map(({ added }) => added!.recorded ? 1 : 0)),
    integers(messages.map(({ maxAttempts }) => maxAttempts)),
    integers(messages.map(({ timeoutMs }) => timeoutMs)),
    integers(messages.map(({ version }) => version)),
    integers(messages.map(({ enqueuedAt }) => enqueuedAt)),
    texts(messages.map(({ id }) => id)),
    texts(messages.map(({ name }) => name)),
    texts(messages.map(({ by }) => by)),
    texts(messages.map(({ payload }) => payload)),
    texts(messages.map(({ batch }) => batch)),
  ]);
  return [{ sent, rows: added.length }];
}

const REF_COLUMNS = "$1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]";
const SAME = "m.tenant = a.tenant and m.kind = a.kind and m.key = a.key and m.due_at = a.due_at and m.seq = a.seq";
const COPIED = ["tenant", "kind", "key", "due_at", "seq", "id", "name", "version", "payload", "priority", "ready_at"]
  .concat(["enqueued_at", "sender", "max_attempts", "timeout_ms", "dedupe_key", "batch"]);

/**
 * The messages that the arguments name, as `a` with their places in the table: looked up one by one, whatever the server
 * believes of how many there are. It is wrong about a table that fills and empties within seconds: by what a vacuum has seen
 * of an empty one it would rather compare all messages with all that are named. Of a limit that it does not know it assumes
 * that one row in ten is left, and so it goes from these to the messages, never the other way round.
 */
function named(columns = "", arrays = ""): string {
  return `(select t.ctid${columns.replaceAll(", ", ", a.")}
    from unnest(${REF_COLUMNS}${arrays}) as a (tenant, kind, key, due_at, seq${columns})
      cross join lateral (select ctid from messages as m where ${SAME} offset 0) as t limit $6::bigint) as a`;
}

/** What changes mailboxes; $6 says how many messages are named, where they are to be there already. */
export const mailWrites = {
  bury: statement(`insert into dead_letters (${COPIED.join(", ")}, attempts, crashes, error, died_at)
    select ${COPIED.map((column) => `m.${column}`).join(", ")}, a.attempts, a.crashes, a.error, a.died_at
    from unnest(${REF_COLUMNS}, $6::bigint[], $7::bigint[], $8::text[], $9::bigint[])
        as a (tenant, kind, key, due_at, seq, attempts, crashes, error, died_at)
      cross join lateral (select * from messages as m where ${SAME} offset 0) as m`),
  /** Without a look before: none that another node has. */
  take: statement(`delete from messages as m using ${named()} where m.ctid = a.ctid and m.owner in (0, $7::bigint)`),
  remove: statement(`delete from messages as m using ${named()} where m.ctid = a.ctid`),
  put: statement(`update messages as m set slot = a.slot, owner = a.owner, ready_at = a.ready_at, attempts = a.attempts,
      crashes = a.crashes, last_error = a.last_error, marked_by = 0, mark_deaths = 0
    from ${
    named(
      ", slot, owner, ready_at, attempts, crashes, last_error",
      ", $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[]",
    )
  } where m.ctid = a.ctid`),
  place: statement(`update messages as m set slot = a.slot, owner = a.owner
    from ${named(", slot, owner", ", $7::bigint[], $8::bigint[]")} where m.ctid = a.ctid`),
  mark: statement(`update messages as m set marked_by = a.marked_by, mark_deaths = a.deaths
    from ${named(", marked_by, deaths", ", $7::bigint[], $8::bigint[]")} where m.ctid = a.ctid`),
  wish: statement(`update messages as m set cancel_wished = 1, wished_by = a.wished_by
    from ${named(", wished_by", ", $7::text[]")} where m.ctid = a.ctid`),
  insert: statement(`insert into messages (tenant, kind, key, due_at, seq, slot, owner, ready_at, priority, dedupe_key,
      recorded, max_attempts, timeout_ms, version, enqueued_at, id, name, sender, payload, batch, attempts, crashes)
    select a.*, 0, 0 from unnest(${REF_COLUMNS}, $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::text[],
      $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::text[], $17::text[], $18::text[],
      $19::text[], $20::text[]) as a`),
};
