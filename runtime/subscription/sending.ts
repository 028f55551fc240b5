import type { Clock } from "../core/clock.ts";
import { type ErrorCode, RuntimeError } from "../core/errors.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { StoredEvent } from "../store/contract.ts";
import type { Follower, Followers } from "./followers.ts";
import type { SubscribedCommand, SubscriptionPorts } from "./ports.ts";
import { rowWrite } from "./rows.ts";
import { subscriptionTables } from "./tables.ts";

/** Messages of one commit, and what their data weigh together at most, unless one alone weighs more. */
const MOST_MESSAGES = 256;
const COMMIT_BYTES = 512 * 1024;
/** What is full, and storage that is away, are tried again after this; */
const SOON_MS = 1_000;
/** and what nobody takes now. */
const LATER_MS = 60_000;
/** Trouble of the node or its storage, and none of the message. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  ...[
    "mailbox-full",
    "overloaded",
    "storage-unavailable",
    "storage-corrupt",
    "fenced",
    "stopping",
    "timed-out",
  ] as const,
]);

/** The steps of one subscription. None of them throws: what cannot be done now is held back for a while. */
export interface Sending {
  /** Sends what it wants of these, which follow its position without a hole, and steps on. */
  send(of: Followers, follower: Follower, page: readonly StoredEvent[]): Promise<void>;
  /** Steps over events that nobody wants. */
  pass(of: Followers, follower: Follower, to: number): Promise<void>;
  /** Steps over events up to and including `to` that are gone, and says so. */
  skip(of: Followers, follower: Follower, to: number): Promise<void>;
}

/*
 * A step is one commit: its messages and the cursor's move, from where it was read. What refuses it decides:
 *
 *   conflict ──► the row is read again: another node has moved it on, or it is gone
 *   several messages, and one of them is not taken ──► the first alone, so that what lies before that one is sent
 *   full, or no storage ──► held for a second
 *   not taken (no such kind, does not fit) ──► `failing`, with the reason; held for a minute, and the cursor stays
 */
export function createSending(
  { ports, clock, diagnostics, passedAtMost }: {
    readonly ports: SubscriptionPorts;
    readonly clock: Clock;
    readonly diagnostics: Diagnostics;
    /** So many events that nobody wants may lie between a row's cursor and where it is. */
    readonly passedAtMost: number;
  },
): Sending {
  const { queries } = subscriptionTables;
  const hold = (follower: Follower, ms: number) => void (follower.heldUntil = clock.monotonic() + ms);

  const step = async (
    of: Followers,
    follower: Follower,
    { cursor, commands, sent }: { cursor: number; commands: readonly SubscribedCommand[]; sent: number },
  ) => {
    const { id, cursor: from } = follower.row;
    const rows = [rowWrite("moved", { id, from, cursor, sent })];
    if (commands.length > 0) await ports.send(commands, { by: `subscription/${id}`, rows });
    else await ports.commit({ tenant: of.tenant, at: ports.now(), writes: [{ write: "row", row: rows[0]! }] });
    const { row } = follower;
    follower.row = { ...row, cursor, sent: row.sent + sent, status: "active", error: null };
    follower.position = Math.max(follower.position, cursor);
  };

  /** What others have made of the row. */
  const reread = async (of: Followers, follower: Follower) => {
    const { row } = follower;
    const now = await ports.read(of.tenant, queries.byId, { id: row.id });
    if (now === null) return of.drop(row.id);
    if (now.cursor === row.cursor) hold(follower, SOON_MS);
    follower.row = now;
    follower.position = Math.max(follower.position, now.cursor);
  };

  const refused = async (of: Followers, follower: Follower, thrown: unknown): Promise<void> => {
    if (!(thrown instanceof RuntimeError)) throw thrown;
    if (thrown.code === "conflict") return await reread(of, follower);
    if (PASSING.has(thrown.code)) return hold(follower, SOON_MS);
    const { row } = follower;
    const { message: error } = thrown;
    hold(follower, LATER_MS);
    if (row.status === "failing" && row.error === error) return;
    const write = rowWrite("failed", { id: row.id, from: row.cursor, error });
    await ports.commit({ tenant: of.tenant, at: ports.now(), writes: [{ write: "row", row: write }] });
    follower.row = { ...row, status: "failing", error };
    diagnostics.tell({ event: "subscription.failing", tenant: of.tenant, subscription: row.id, error });
  };

  /** @throws what is not the message's fault, and no conflict */
  const tried = async (of: Followers, follower: Follower, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      await refused(of, follower, thrown).catch(() => hold(follower, SOON_MS));
    }
  };

  const send = async (
    of: Followers,
    follower: Follower,
    page: readonly StoredEvent[],
    most = MOST_MESSAGES,
  ): Promise<void> => {
    const { events, upTo } = firstOf(page, follower, most);
    if (events.length === 0) return await pass(of, follower, upTo);
    const { kind, key, message, id } = follower.row;
    const to = { tenant: of.tenant, kind, key };
    const commands = events.map((event) => ({ to, message, payload: payloadOf(id, event) }));
    await tried(of, follower, async () => {
      try {
        await step(of, follower, { cursor: upTo, commands, sent: events.length });
      } catch (thrown) {
        const alone = thrown instanceof RuntimeError && thrown.code !== "conflict" && events.length > 1;
        if (!alone) throw thrown;
        await send(of, follower, page, 1);
      }
    });
  };

  const pass = async (of: Followers, follower: Follower, to: number): Promise<void> => {
    follower.position = Math.max(follower.position, to);
    if (follower.position - follower.row.cursor < passedAtMost) return;
    await tried(of, follower, () => step(of, follower, { cursor: follower.position, commands: [], sent: 0 }));
  };

  return {
    send: (of, follower, page) => send(of, follower, page),
    pass,
    skip: (of, follower, to) =>
      tried(of, follower, async () => {
        const { id, cursor } = follower.row;
        const at = ports.now();
        const gap = { from: follower.position + 1, to, at };
        const row = rowWrite("skipped", { id, from: cursor, cursor: to, gap: JSON.stringify(gap) });
        const data = JSON.stringify({ subscriptionId: id, from: gap.from, to });
        await ports.commit({
          tenant: of.tenant,
          at,
          writes: [{ write: "row", row }],
          events: [{ type: "subscription.gap", subject: `subscription/${id}`, data }],
        });
        follower.row = { ...follower.row, cursor: to, gap: JSON.stringify(gap) };
        follower.position = to;
        diagnostics.tell({ event: "subscription.gap", tenant: of.tenant, subscription: id, from: gap.from, to });
      }),
  };
}

/** What it wants of a page, as much as one commit may hold, and up to which number that is all. */
function firstOf(
  page: readonly StoredEvent[],
  { position, types }: Follower,
  most: number,
): { readonly events: readonly StoredEvent[]; readonly upTo: number } {
  const events: StoredEvent[] = [];
  let bytes = 0;
  for (const event of page) {
    if (event.number <= position || !types.has(event.type)) continue;
    bytes += event.data.length;
    if (events.length === most || (events.length > 0 && bytes > COMMIT_BYTES)) {
      return { events, upTo: events.at(-1)!.number };
    }
    events.push(event);
  }
  return { events, upTo: page.at(-1)!.number };
}

function payloadOf(subscriptionId: string, { number, at, type, subject, data }: StoredEvent): unknown {
  return { subscriptionId, number, at, type, subject, data: JSON.parse(data) };
}
