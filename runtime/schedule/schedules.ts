import { OWN_DEED } from "../actor/journal.ts";
import { RuntimeError } from "../core/errors.ts";
import type { ScheduleDeclaration, Schedules, ScheduleTarget, Tick } from "./contract.ts";
import { checkDeclaration, columnsOf, scheduleOf, tickOf, timingOf } from "./declaration.ts";
import type { ScheduledCommand, SchedulePorts } from "./ports.ts";
import type { ScheduleRow } from "./rows.ts";
import { scheduleTables } from "./tables.ts";
import { rowWrite, tickRow } from "./tick_rows.ts";
import { timesOf } from "./timing.ts";

/** One tenant's; more are refused. */
const MOST_SCHEDULES = 1_000;
/** A change that others' changes and ticks get in the way of is tried so often. */
const TRIES = 20;
const MOST_PREVIEWED = 1_000;

/** What people and programs may ask of schedules. `expect` is told of each instant that has come to be waited for. */
export function createSchedules(
  { ports, expect }: { readonly ports: SchedulePorts; readonly expect: (instant: number) => void },
): Schedules {
  const { read, now, createId, commit } = ports;
  const { queries } = scheduleTables;
  const find = (tenant: string, name: string) => read(tenant, queries.byName, { name });
  const mustFind = async (tenant: string, name: string): Promise<ScheduleRow> => {
    const row = await find(tenant, name);
    if (row === null) throw new RuntimeError("not-found", `There is no schedule ${JSON.stringify(name.slice(0, 100))}`);
    return row;
  };
  const checkTarget = (tenant: string, { kind, key, message, payload }: ScheduleTarget) => {
    ports.check({ ...to({ tenant, kind, key }, createId), message, payload, messageId: createId() });
  };

  return {
    async create(tenant, declared, { by, rows } = OWN_DEED) {
      const at = now();
      checkDeclaration(declared, at);
      checkTarget(tenant, declared.target);
      if (await find(tenant, declared.name) !== null) throw taken(declared.name);
      await mustHaveRoom(tenant);
      const row: ScheduleRow = {
        tenant,
        name: declared.name,
        revision: createId(),
        ...columnsOf(declared),
        anchorAt: at,
        builtIn: 0,
        nextAt: declared.enabled ? timesOf(declared.timing, at).after(at) : null,
        last: null,
        createdBy: by,
        createdAt: at,
        updatedAt: at,
      };
      const { tenant: _, last: __, ...created } = row;
      await commit({ tenant, at, writes: [{ write: "row", row: rowWrite("created", created) }], rows }).catch(
        (thrown) => {
          throw isRefusal(thrown, "constraint") ? taken(declared.name) : thrown;
        },
      );
      if (row.nextAt !== null) expect(row.nextAt);
      return scheduleOf(row);
    },

    async change(tenant, name, changes, { by: _, rows } = OWN_DEED) {
      for (let tries = 1;; tries++) {
        const before = await mustFind(tenant, name);
        const declared = { ...declarationOf(before), ...changes, name };
        checkDeclaration(declared, now());
        // Of a target that is not there any more one wants to disable the schedule.
        if (changes.target !== undefined) checkTarget(tenant, changes.target);
        if (before.builtIn === 1) mustBeSwitch(before, declared);
        const row = changed(before, declared, { at: now(), revision: createId() });
        const { tenant: _, last: __, createdBy: ___, createdAt: ____, ...columns } = row;
        const args = { ...columns, from: before.revision };
        try {
          const writes = [{ write: "row", row: rowWrite("changed", args) } as const];
          await commit({ tenant, at: row.updatedAt, writes, rows });
        } catch (thrown) {
          if (tries < TRIES && isRefusal(thrown, "conflict")) continue;
          throw thrown;
        }
        if (row.nextAt !== null) expect(row.nextAt);
        return scheduleOf(row);
      }
    },

    async remove(tenant, name, { by: _, rows } = OWN_DEED) {
      const { builtIn } = await mustFind(tenant, name);
      if (builtIn === 1) {
        throw new RuntimeError("conflict", `The schedule ${name} comes with a kind: it can be disabled, not removed`);
      }
      const writes = [rowWrite("removed", { name }), rowWrite("ledgerRemoved", { name })];
      await commit({ tenant, at: now(), writes: writes.map((row) => ({ write: "row", row })), rows }).catch(
        async (thrown) => {
          if (isRefusal(thrown, "conflict")) await mustFind(tenant, name);
          throw thrown;
        },
      );
    },

    async get(tenant, name) {
      const row = await find(tenant, name);
      return row === null ? null : scheduleOf(row);
    },

    async page({ tenant, ...page }) {
      return (await read(tenant, queries.page, page)).map(scheduleOf);
    },

    async runNow(tenant, name, { by, rows } = OWN_DEED) {
      const row = await mustFind(tenant, name);
      const at = now();
      const { kind, key, message } = row;
      const messageId = createId();
      const command: ScheduledCommand = {
        ...to({ tenant, kind, key }, createId),
        message,
        payload: JSON.parse(row.payload),
        messageId,
      };
      const asked = { at, status: "sent", cause: "asked", by, key: command.to.key, messageId, error: null } as const;
      for (let instant = besides(row, at);; instant = besides(row, instant + 1)) {
        const tick: Tick = { instant, ...asked };
        try {
          const own = [rowWrite("asked", { name, last: JSON.stringify(tick) }), tickRow(name, tick)];
          await ports.send([command], { by, rows: [...own, ...rows] });
          return tick;
        } catch (thrown) {
          // Others asked in the same millisecond.
          const isTaken = isRefusal(thrown, "constraint") &&
            await read(tenant, queries.tick, { name, instant }) !== null;
          if (isTaken) continue;
          if (isRefusal(thrown, "conflict")) await mustFind(tenant, name);
          throw thrown;
        }
      }
    },

    async ticks({ tenant, ...page }) {
      return (await read(tenant, queries.ticks, page)).map(tickOf);
    },

    preview(timing, count) {
      const at = now();
      const times = timesOf(timing, at);
      const instants: number[] = [];
      let next = times.after(at);
      while (next !== null && instants.length < Math.min(count, MOST_PREVIEWED)) {
        instants.push(next);
        next = times.after(next);
      }
      return instants;
    },
  };

  async function mustHaveRoom(tenant: string): Promise<void> {
    const { schedules } = (await read(tenant, queries.count, {}))!;
    if (schedules < MOST_SCHEDULES) return;
    throw new RuntimeError("conflict", `${tenant} has ${schedules} schedules, as many as it may: remove one`);
  }
}

/** The row that a change makes of one; `nextAt` stays where the timing does, so nothing that was missed is lost. */
export function changed(
  before: ScheduleRow,
  declared: ScheduleDeclaration,
  { at, revision }: { readonly at: number; readonly revision: string },
): ScheduleRow {
  const columns = columnsOf(declared);
  const isRetimed = columns.cron !== before.cron || columns.timeZone !== before.timeZone ||
    columns.everyMs !== before.everyMs;
  const anchorAt = isRetimed ? at : before.anchorAt;
  const goesOn = !isRetimed && before.nextAt !== null;
  const nextAt = goesOn ? before.nextAt : timesOf(declared.timing, anchorAt).after(at);
  return { ...before, ...columns, revision, anchorAt, nextAt: declared.enabled ? nextAt : null, updatedAt: at };
}

export function declarationOf(row: ScheduleRow): ScheduleDeclaration {
  const { name, timing, target, catchUp, catchUpLimit, jitterMs, enabled } = scheduleOf(row);
  return { name, timing, target, catchUp, catchUpLimit, jitterMs, enabled };
}

function mustBeSwitch(row: ScheduleRow, declared: ScheduleDeclaration): void {
  const { enabled: _, ...wanted } = columnsOf(declared);
  if (Object.entries(wanted).every(([name, value]) => row[name as keyof ScheduleRow] === value)) return;
  throw new RuntimeError("conflict", `The schedule ${row.name} comes with a kind: it can be disabled, not changed`);
}

/** The first instant from this one on that is none of the schedule's own. */
function besides(row: ScheduleRow, from: number): number {
  const times = timesOf(timingOf(row), row.anchorAt);
  let instant = from;
  while (instant === row.nextAt || times.after(instant - 1) === instant) instant++;
  return instant;
}

function to(
  { tenant, kind, key }: { readonly tenant: string; readonly kind: string; readonly key: string | null },
  createId: () => string,
): Pick<ScheduledCommand, "to" | "fresh"> {
  return { to: { tenant, kind, key: key ?? createId() }, fresh: key === null };
}

function taken(name: string): RuntimeError {
  return new RuntimeError("conflict", `There is a schedule ${name} already: change it, or choose another name`);
}

function isRefusal(thrown: unknown, code: RuntimeError["code"]): boolean {
  return thrown instanceof RuntimeError && thrown.code === code;
}
