import { deserializeError, type ErrorCode, RuntimeError, serializeError } from "../core/errors.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { Tick } from "./contract.ts";
import { timingOf } from "./declaration.ts";
import { hashOf, jitterOf } from "./jitter.ts";
import { firstOf, type PlannedSend, planTicks, type TickPlan } from "./plan.ts";
import type { ScheduledCommand, SchedulePorts } from "./ports.ts";
import type { DueRow, ScheduleRow } from "./rows.ts";
import { scheduleTables } from "./tables.ts";
import { rowWrite, tickRow } from "./tick_rows.ts";
import { timesOf } from "./timing.ts";

/** Schedules that one look reads at a time, */
const ROWS_AT_ONCE = 100;
/** and their instants that are on their way to the store together, unless one schedule alone has more. */
const INSTANTS_AT_ONCE = 1_000;
/** Messages of one commit weigh no more together, unless one alone does; beside its payload each weighs this. */
const COMMIT_BYTES = 1024 * 1024;
const MESSAGE_BYTES = 512;
/** One of so many ticks removes what a ledger has too much. */
const TRIM_EVERY = 64;
/** Trouble of the node or its storage, and none of the message: the tick is tried again. */
const TROUBLE: ReadonlySet<ErrorCode> = new Set([
  ...["storage-unavailable", "storage-corrupt", "fenced", "overloaded", "stopping", "timed-out"] as const,
]);

/**
 * Does what is due, and answers when the next schedule is; to be called again then, or earlier.
 * @throws {RuntimeError} the storage's trouble: nothing is skipped, call it again
 */
export type LookForTicks = () => Promise<number | null>;

/*
 * One look: the schedules that are due, a hundred at a time, each with one entry that holds its messages, their rows of the
 * ledger and the step of `nextAt`. The step is guarded by the revision and the `nextAt` that were read, so of several
 * looks, at one node or at many, one does it and the others find it done; the ledger's key says the same of each instant
 * once more, whatever moved `nextAt`. An entry that the store refuses is looked at again:
 *
 *   sent together ──refused──► is the row as it was? ──no──► somebody else did it
 *                                    │ yes
 *                                    ├─ the ledger has some of the instants (a clock went back over a change): without these
 *                                    ├─ several messages: the first alone, then the rest with the next round
 *                                    └─ one message: recorded as refused, and on to the next instant
 *
 * What cannot be timed any more (a time zone that this program does not know) is switched off and says why.
 */
export function createTicking(
  { ports, held, diagnostics }: {
    readonly ports: SchedulePorts;
    /** Tenants whose schedules wait: what they miss meanwhile is caught up afterwards. */
    readonly held: ReadonlySet<string>;
    readonly diagnostics: Diagnostics;
  },
): LookForTicks {
  const { read, now } = ports;
  const { queries } = scheduleTables;

  /** What is to be done about one of those that are due; null when somebody else has done it. */
  const prepare = async ({ tenant, name }: DueRow): Promise<[Due, TickPlan] | null> => {
    const row = await read(tenant, queries.byName, { name });
    const at = now();
    if (row === null || row.nextAt === null || row.nextAt > at) return null;
    const due = { row, at, from: row.nextAt };
    try {
      const plan = planTicks(timesOf(timingOf(row), row.anchorAt), { ...row, nextAt: row.nextAt }, at);
      return [due, firstOf(plan, sendsAtOnce(row))];
    } catch (thrown) {
      await switchOff(due, thrown);
      return null;
    }
  };

  const carryOut = async (due: Due, plan: TickPlan): Promise<void> => {
    const refusal = await tried(commit(due, plan));
    if (refusal === null || await isAnother(due)) return;
    const left = await notInLedger(due, plan);
    if (left.sends.length + left.skipped.length < plan.sends.length + plan.skipped.length) {
      return await carryOut(due, left);
    }
    if (plan.sends.length > 1) return await carryOut(due, firstOf(plan, 1));
    await record(due, plan, refusal);
  };

  /** That they are not sent, and why. */
  const record = async (due: Due, plan: TickPlan, why: RuntimeError): Promise<void> => {
    const refusal = await tried(commit(due, plan, { refusal: why }));
    if (refusal !== null && !await isAnother(due)) throw refusal;
  };

  const isAnother = async ({ row: { tenant, name, revision } }: Due): Promise<boolean> =>
    (await read(tenant, queries.byName, { name }))?.revision !== revision;

  const commit = async (
    { row, at, from }: Due,
    { sends, skipped, nextAt }: TickPlan,
    { refusal = null }: { refusal?: RuntimeError | null } = {},
  ): Promise<void> => {
    const { tenant, name } = row;
    const commands = refusal === null ? sends.map((planned, index) => commandOf(row, planned, nextOf(index))) : [];
    function nextOf(index: number): number | null {
      return sends[index + 1]?.instant ?? nextAt;
    }
    const ticks: Tick[] = [
      ...skipped.map((instant): Tick => ({ ...NOTHING_SENT, instant, at, status: "skipped", cause: "due" })),
      ...sends.map(({ instant, cause }, index): Tick => {
        if (refusal !== null) {
          return { ...NOTHING_SENT, instant, at, cause, status: "refused", error: refusal.message };
        }
        const { to: { key }, messageId } = commands[index]!;
        return { ...NOTHING_SENT, instant, at, cause, status: "sent", key, messageId };
      }),
    ];
    const last = ticks.at(-1);
    const rows = [
      rowWrite("moved", {
        name,
        from: row.revision,
        fromNextAt: from,
        revision: ports.createId(),
        nextAt,
        enabled: row.enabled,
        last: last === undefined ? row.last : JSON.stringify(last),
      }),
      ...ticks.map((each) => tickRow(name, each)),
      ...hashOf(row, from) % TRIM_EVERY === 0 ? [rowWrite("trimmed", { name })] : [],
    ];
    if (commands.length > 0) await ports.send(commands, { by: `schedule/${name}`, rows });
    else await ports.commit({ tenant, at, writes: rows.map((each) => ({ write: "row", row: each })) });
    for (const { instant, status, error } of ticks) {
      if (status === "skipped") continue;
      const lateMs = at - instant;
      if (status === "sent") diagnostics.tell({ event: "tick.sent", tenant, schedule: name, instant, lateMs });
      else diagnostics.tell({ event: "tick.refused", tenant, schedule: name, instant, error: error! });
    }
  };

  const commandOf = (row: ScheduleRow, { instant }: PlannedSend, nextAt: number | null): ScheduledCommand => ({
    to: { tenant: row.tenant, kind: row.kind, key: row.key ?? ports.createId() },
    message: row.message,
    payload: JSON.parse(row.payload),
    messageId: ports.createId(),
    fresh: row.key === null,
    delayMs: Math.max(0, instant + jitterOf(row, { instant, nextAt }) - now()),
  });

  const notInLedger = async ({ row: { tenant, name } }: Due, plan: TickPlan): Promise<TickPlan> => {
    const has = async (instant: number) => await read(tenant, queries.tick, { name, instant }) !== null;
    const known = new Set<number>();
    for (const instant of [...plan.skipped, ...plan.sends.map((send) => send.instant)]) {
      if (await has(instant)) known.add(instant);
    }
    return {
      ...plan,
      skipped: plan.skipped.filter((instant) => !known.has(instant)),
      sends: plan.sends.filter(({ instant }) => !known.has(instant)),
    };
  };

  const switchOff = async ({ row, at, from }: Due, thrown: unknown): Promise<void> => {
    const why = deserializeError(serializeError(thrown, "internal"));
    await record(
      { row: { ...row, enabled: 0 }, at, from },
      { sends: [{ instant: from, cause: "due" }], skipped: [], nextAt: null },
      why,
    );
  };

  return async () => {
    for (;;) {
      const rows = await read("system", queries.next, { limit: ROWS_AT_ONCE, held: [...held] });
      const due = rows.filter(({ nextAt }) => nextAt <= now());
      if (due.length === 0) return rows[0]?.nextAt ?? null;
      const trouble: unknown[] = [];
      let underWay: Promise<void>[] = [];
      let instants = 0;
      for (const row of due) {
        const prepared = await prepare(row);
        if (prepared === null) continue;
        const [, { sends, skipped }] = prepared;
        instants += sends.length + skipped.length;
        // It may fail while the next one is read, and nobody waits for it then.
        underWay.push(carryOut(...prepared).catch((thrown) => void trouble.push(thrown)));
        if (instants < INSTANTS_AT_ONCE) continue;
        await Promise.all(underWay);
        underWay = [];
        instants = 0;
      }
      await Promise.all(underWay);
      if (trouble.length > 0) throw trouble[0];
    }
  };
}

/** Answers what it was refused with, or null. @throws {RuntimeError} trouble */
async function tried(committing: Promise<void>): Promise<RuntimeError | null> {
  try {
    await committing;
    return null;
  } catch (thrown) {
    if (thrown instanceof RuntimeError && !TROUBLE.has(thrown.code)) return thrown;
    throw thrown;
  }
}

interface Due {
  readonly row: ScheduleRow;
  readonly at: number;
  /** The row's `nextAt`. */
  readonly from: number;
}

const NOTHING_SENT = { by: null, key: null, messageId: null, error: null } as const;

function sendsAtOnce({ payload }: ScheduleRow): number {
  return Math.max(1, Math.floor(COMMIT_BYTES / (payload.length + MESSAGE_BYTES)));
}
