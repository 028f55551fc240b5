import type { Registry } from "../../actor/registry.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { HeadPlace, Ownership, StoreReads } from "../contract.ts";
import { DEAD_LETTER_PAGES, rangeOf } from "../dead_letter_statements.ts";
import { eventsIn, LONGEST_SEGMENT } from "../event_segments.ts";
import { firstReady, MOST_BYTES } from "../first_ready.ts";
import { deadLetterOf } from "../message_columns.ts";
import { supervisedOf } from "../supervised.ts";
import { BoundQueries } from "./bound_query.ts";
import { storageFault } from "./faults.ts";
import type { Lent, Pool } from "./pool.ts";
import { prepareAll } from "./prepared.ts";
import { ActorPages } from "./read_actors.ts";
import { prepareReads } from "./read_statements.ts";

export interface ReadsOptions {
  /** For short reads, each by an index. */
  readonly points: Pool;
  /** For lists and reports. */
  readonly lists: Pool;
  /** For those that may lag: perhaps of a server that follows; when that is away, `lists` is asked. */
  readonly lagging: Pool;
  readonly registry: Registry;
  readonly ownership: Ownership;
}

/** Before every place of a lane: no message has such a priority. */
const ABOVE_ALL: HeadPlace = { priority: Number.MAX_SAFE_INTEGER, readyAt: 0, seq: 0 };

/** Reads of the database; each is one statement, or a few whose answers fit together whatever is committed in between. */
export function createReads({ points, lists, lagging, registry, ownership }: ReadsOptions): StoreReads {
  const statements = prepareReads();
  const letters = prepareAll(DEAD_LETTER_PAGES);
  const actorPages = new ActorPages();
  const pointQueries = new BoundQueries(points, registry);
  const queriesOf = new Map([lists, lagging].map((pool) => [pool, new BoundQueries(pool, registry)]));
  const point = <T>(work: (connection: Lent) => Promise<T>) => faultless(points.read(work));
  const late = async <T>(ask: (pool: Pool) => Promise<T>) => {
    try {
      return await faultless(ask(lagging));
    } catch (thrown) {
      if (lagging === lists || !(thrown instanceof RuntimeError) || thrown.code !== "storage-unavailable") throw thrown;
      return await faultless(ask(lists));
    }
  };
  const list = <T>(work: (connection: Lent) => Promise<T>) => late((pool) => pool.read(work));
  return {
    readyLanes: () => point((connection) => statements.readyLanes.all(connection, {})),
    readyHeads: (lane, limit, { from } = { from: null }) =>
      point((connection) => statements.readyHeads.all(connection, { ...lane, limit, ...from ?? ABOVE_ALL })),
    mailbox: (address, limit) => point((connection) => statements.mailbox.all(connection, { ...address, limit })),
    mailboxBehind: (place, bound) =>
      point(async (connection) => {
        if (await statements.laterBefore.get(connection, place) !== undefined) return [];
        const { limit } = bound;
        return firstReady(
          await statements.mailboxBehind.all(connection, {
            ...place,
            limit,
            bytes: MOST_BYTES,
            generation: ownership.generation,
          }),
          bound,
        );
      }),
    mailboxDepth: (address) =>
      point(async (connection) => (await statements.mailboxDepth.get(connection, address))!.depth),
    pending: () =>
      point(async (connection) =>
        new Map((await statements.pending.all(connection, {})).map(({ tenant, pending }) => [tenant, pending]))
      ),
    nextDueAt: () =>
      point(async (connection) => {
        const { generation } = ownership;
        return (await statements.nextDueAt.get(connection, { generation }))?.readyAt ?? null;
      }),
    snapshot: (address) => point(async (connection) => await statements.snapshot.get(connection, address) ?? null),
    wishedCancelled: () =>
      point(async (connection) =>
        (await statements.wishedCancelled.all(connection, {})).map(({ wishedBy, ...message }) => ({
          message,
          by: wishedBy ?? "system",
        }))
      ),
    startMarks: () =>
      point(async (connection) =>
        (await statements.startMarks.all(connection, { before: ownership.generation })).map((
          { markedBy, markDeaths, ...message },
        ) => ({ message, generation: markedBy, deaths: markDeaths }))
      ),
    supervised: (address) =>
      point(async (connection) => {
        const row = await statements.supervised.get(connection, address);
        return row === undefined ? null : supervisedOf(row);
      }),
    laterSiblings: (address) => point((connection) => statements.laterSiblings.all(connection, address)),
    pausedKinds: () => point((connection) => statements.pausedKinds.all(connection, {})),
    actors: (page) => list((connection) => actorPages.page(connection, page)),
    deadLetters: (page) =>
      list(async (connection) =>
        (await (page.kind === undefined ? letters.all : letters.ofKind).all(connection, rangeOf(page))).map(
          deadLetterOf,
        )
      ),
    deadLetter: (tenant, id) =>
      point(async (connection) => {
        const row = await statements.deadLetter.get(connection, { tenant, id });
        return row === undefined ? null : deadLetterOf(row);
      }),
    events: (tenant, range) =>
      point(async (connection) =>
        eventsIn(await statements.segments.all(connection, { tenant, ...range, longest: LONGEST_SEGMENT }), range)
      ),
    logMark: (tenant) =>
      point(async (connection) => await statements.logMark.get(connection, { tenant }) ?? { last: 0, trimmedTo: 0 }),
    logMarks: (tenants) =>
      point(async (connection) =>
        (await statements.logMarks.all(connection, { tenants: JSON.stringify(tenants) })).map((
          { last, trimmedTo },
        ) => ({ last: last ?? 0, trimmedTo: trimmedTo ?? 0 }))
      ),
    longLogs: (kept) =>
      point(async (connection) =>
        (await statements.longLogs.all(connection, { kept })).map(({ tenant, last, trimmedTo }) => ({
          tenant,
          mark: { last, trimmedTo },
        }))
      ),
    blobChunk: (tenant, id, fromByte) =>
      point(async (connection) => {
        const blob = await statements.blob.get(connection, { tenant, id });
        if (blob === undefined) return null;
        const chunk = await statements.blobChunk.get(connection, { tenant, id, fromByte });
        if (chunk !== undefined) return plainBytes(chunk.bytes).subarray(fromByte - chunk.startByte);
        // One with bytes has gone in between.
        return blob.sizeBytes === 0 ? new Uint8Array() : null;
      }),
    point: (query) => faultless(pointQueries.run(query)),
    query: async ({ mayLag = false, ...call }) => {
      const ask = (pool: Pool) => queriesOf.get(pool)!.run({ ...call, args: JSON.parse(call.args) });
      return JSON.stringify(await (mayLag ? late(ask) : faultless(ask(lists)))) ?? "null";
    },
  };
}

async function faultless<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (thrown) {
    throw storageFault(thrown) ?? thrown;
  }
}

/** The driver's bytes are Node's, which promise other methods. */
function plainBytes({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
