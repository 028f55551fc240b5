import { sql } from "kysely";
import type { Message, MessageRef } from "../../actor/message.ts";
import type { LaneName } from "../contract.ts";
import type { EntryWork } from "../entry_work.ts";
import { MESSAGE_COLUMNS } from "../message_columns.ts";
import { announcedBy, lastTouches } from "../touched_heads.ts";
import { refColumns } from "./arrays.ts";
import type { BatchState } from "./batch_state.ts";
import { columnsOf, prepareText } from "./prepared.ts";
import type { Sent, Session } from "./session.ts";

/** What is told of heads that a batch made ready, once a mailbox, with the last work that touched it. */
export interface ToldHeads {
  readonly ready: ReadonlyMap<EntryWork, readonly Message[]>;
  readonly unowned: ReadonlyMap<EntryWork, readonly LaneName[]>;
}

interface Columns {
  readonly tenants: string;
  readonly kinds: string;
  readonly keys: string;
  readonly dueAts: string;
  readonly seqs: string;
}

const found = prepareText<Columns, Message>(({ tenants, kinds, keys, dueAts, seqs }) =>
  sql`select ${columnsOf(MESSAGE_COLUMNS, { of: "messages" })}
    from unnest(${tenants}::text[], ${kinds}::text[], ${keys}::text[], ${dueAts}::bigint[], ${seqs}::bigint[])
        as a (tenant, kind, key, due_at, seq)
      cross join lateral (select * from messages as m where m.tenant = a.tenant and m.kind = a.kind and m.key = a.key
        and m.due_at = a.due_at and m.seq = a.seq offset 0) as messages`
);

/** Asks for the messages to be told of, when all changes are on their way; answers what is told of them then. */
export function sendTold(
  session: Session,
  { mailboxes, heads: { me } }: BatchState,
  works: readonly EntryWork[],
): () => Promise<ToldHeads> {
  const announced = announcedBy(works);
  const refs = new Map<MessageRef, EntryWork>();
  const unowned = new Map<EntryWork, LaneName[]>();
  for (const { work, address } of lastTouches(works)) {
    const head = mailboxes.at(address)?.head;
    if (head?.now?.slot !== 1 || announced.has(head.ref.seq)) continue;
    if (head.now.owner === me) refs.set(head.ref, work);
    else if (head.now.owner === 0) {
      const { tenant, kind } = address;
      unowned.set(work, [...unowned.get(work) ?? [], { tenant, kind }]);
    }
  }
  if (refs.size === 0) return () => Promise.resolve({ ready: new Map(), unowned });
  const sent = ask(session, [...refs.keys()]);
  return async () => {
    const ready = new Map<EntryWork, Message[]>();
    const messages = new Map(found.rowsOf(await sent.answer as never).map((message) => [message.seq, message]));
    for (const [{ seq }, work] of refs) {
      const message = messages.get(seq);
      if (message !== undefined) ready.set(work, [...ready.get(work) ?? [], message]);
    }
    return { ready, unowned };
  };
}

function ask(session: Session, refs: readonly MessageRef[]): Sent {
  const [tenants, kinds, keys, dueAts, seqs] = refColumns(refs) as [string, string, string, string, string];
  const { name, text, values } = found.asked({ tenants, kinds, keys, dueAts, seqs });
  return session.send({ name, text }, values as string[]);
}
