import type { DatabaseSync } from "node:sqlite";
import type { Address } from "../../actor/address.ts";
import type { Message, MessageRef } from "../../actor/message.ts";
import type { Registry } from "../../actor/registry.ts";
import type {
  CancelWish,
  DeadLetter,
  HeadPlace,
  LaneName,
  LogMark,
  MailboxBound,
  PausedKind,
  Snapshot,
  StartMark,
  StoredEvent,
  StoreReads,
  Supervised,
} from "../contract.ts";
import type { QueryCall } from "../declared_query.ts";
import { eventsIn } from "../event_segments.ts";
import { firstReady } from "../first_ready.ts";
import { deadLetterOf } from "../message_columns.ts";
import { supervisedOf } from "../supervised.ts";
import { BoundQueries } from "./bound_query.ts";
import { storageFault } from "./faults.ts";
import { prepareReads, type ReadStatements } from "./read_statements.ts";

/** No message has such a priority. */
const ABOVE_ALL = Number.MAX_SAFE_INTEGER;

/** Short reads on the main thread's own connection; each is one statement run to its end, so the next sees newer commits. */
export class Reader implements Omit<StoreReads, "startMarks" | "query" | "actors" | "deadLetters"> {
  readonly #db: DatabaseSync;
  readonly #queries: BoundQueries;
  readonly #statements: ReadStatements;

  constructor(db: DatabaseSync, registry: Registry) {
    this.#db = db;
    this.#queries = new BoundQueries(db, registry);
    this.#statements = prepareReads(db);
  }

  /** Leaps along the index from lane to lane, however many heads each has; SQLite does not leap over row values itself. */
  async readyLanes(): Promise<readonly LaneName[]> {
    return await read(() => {
      const { kindAfter, tenantAfter } = this.#statements;
      const lanes: LaneName[] = [];
      for (let lane = tenantAfter.get({ tenant: "" }); lane !== undefined;) {
        lanes.push(lane);
        lane = kindAfter.get(lane) ?? tenantAfter.get(lane);
      }
      return lanes;
    });
  }

  async readyHeads(
    lane: LaneName,
    limit: number,
    { from }: { from: HeadPlace | null } = { from: null },
  ): Promise<readonly Message[]> {
    const { headsFrom, headsBelow } = this.#statements;
    const { tenant, kind } = lane;
    return await read(() => {
      if (from === null) return headsBelow.all({ tenant, kind, limit, priority: ABOVE_ALL });
      const { priority, readyAt, seq } = from;
      const heads = headsFrom.all({ tenant, kind, limit, priority, readyAt, seq });
      const rest = limit - heads.length;
      return rest === 0 ? heads : [...heads, ...headsBelow.all({ tenant, kind, limit: rest, priority })];
    });
  }

  async mailbox(address: Address, limit: number): Promise<readonly Message[]> {
    return await read(() => this.#statements.mailbox.all({ ...address, limit }));
  }

  async mailboxBehind(
    place: MessageRef,
    bound: MailboxBound,
  ): Promise<readonly Message[]> {
    return await read(() => {
      const { laterBefore, mailboxBehind } = this.#statements;
      return laterBefore.get(place) === undefined ? firstReady(mailboxBehind.each(place), bound) : [];
    });
  }

  async mailboxDepth(address: Address): Promise<number> {
    return await read(() => this.#statements.mailboxDepth.get(address)!.depth);
  }

  async pending(): Promise<ReadonlyMap<string, number>> {
    return await read(() => new Map(this.#statements.pending.all({}).map(({ tenant, pending }) => [tenant, pending])));
  }

  async nextDueAt(): Promise<number | null> {
    return await read(() => this.#statements.nextDueAt.get({})?.readyAt ?? null);
  }

  async snapshot(address: Address): Promise<Snapshot | null> {
    return await read(() => this.#statements.snapshot.get(address) ?? null);
  }

  async wishedCancelled(): Promise<readonly CancelWish[]> {
    return await read(() =>
      this.#statements.wishedCancelled.all({}).map(({ wishedBy, ...message }) => ({
        message,
        by: wishedBy ?? "system",
      }))
    );
  }

  /** Of generations before this one. */
  async startMarks({ before }: { before: number }): Promise<readonly StartMark[]> {
    return await read(() =>
      this.#statements.startMarks.all({ before }).map(({ markedBy, markDeaths, ...message }) => ({
        message,
        generation: markedBy,
        deaths: markDeaths,
      }))
    );
  }

  async supervised(address: Address): Promise<Supervised | null> {
    return await read(() => {
      const row = this.#statements.supervised.get(address);
      return row === undefined ? null : supervisedOf(row);
    });
  }

  async laterSiblings(address: Address): Promise<readonly Address[]> {
    return await read(() => this.#statements.laterSiblings.all(address));
  }

  async pausedKinds(): Promise<readonly PausedKind[]> {
    return await read(() => this.#statements.pausedKinds.all({}));
  }

  async deadLetter(tenant: string, id: string): Promise<DeadLetter | null> {
    return await read(() => {
      const row = this.#statements.deadLetter.get({ tenant, id });
      return row === undefined ? null : deadLetterOf(row);
    });
  }

  async events(tenant: string, range: { after: number; limit: number }): Promise<readonly StoredEvent[]> {
    return await read(() => eventsIn(this.#statements.segments.each({ tenant, after: range.after }), range));
  }

  async logMark(tenant: string): Promise<LogMark> {
    return await read(() => this.#statements.logMark.get({ tenant }) ?? { last: 0, trimmedTo: 0 });
  }

  async logMarks(tenants: readonly string[]): Promise<readonly LogMark[]> {
    return await read(() =>
      tenants.map((tenant) => this.#statements.logMark.get({ tenant }) ?? { last: 0, trimmedTo: 0 })
    );
  }

  async longLogs(kept: number): Promise<readonly { readonly tenant: string; readonly mark: LogMark }[]> {
    return await read(() =>
      this.#statements.longLogs.all({ kept }).map(({ tenant, last, trimmedTo }) => ({
        tenant,
        mark: { last, trimmedTo },
      }))
    );
  }

  async blobChunk(tenant: string, id: string, fromByte: number): Promise<Uint8Array | null> {
    return await read(() => {
      const blob = this.#statements.blob.get({ tenant, id });
      if (blob === undefined) return null;
      const chunk = this.#statements.blobChunk.get({ tenant, id, fromByte });
      return chunk === undefined ? new Uint8Array() : chunk.bytes.subarray(fromByte - chunk.startByte);
    });
  }

  async point(query: QueryCall<object>): Promise<unknown> {
    try {
      const answer = this.#queries.run(query);
      return answer instanceof Promise ? await answer : answer;
    } catch (thrown) {
      throw storageFault(thrown) ?? thrown;
    }
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

/** Runs at once, but answers as a promise, as a store over a network must; what is thrown becomes its rejection. */
// deno-lint-ignore require-await -- see above
async function read<T>(statements: () => T): Promise<T> {
  try {
    return statements();
  } catch (thrown) {
    throw storageFault(thrown) ?? thrown;
  }
}
