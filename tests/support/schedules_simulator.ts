import { RuntimeError } from "../../runtime/core/errors.ts";
import { toJson } from "../../runtime/core/json.ts";
import type { Clock } from "../../runtime/core/clock.ts";
import type { Schedule, Schedules, ScheduleTiming, Tick } from "../../runtime/schedule/contract.ts";
import type { System } from "../../runtime/system/contract.ts";
import { OWN_DEED } from "../../runtime/system/deed.ts";

/** Schedules in memory that never tick by themselves: what is asked for is sent. */
export function simulateSchedules(
  { clock, createId, tell, failIfAsked }: {
    clock: Clock;
    createId: () => string;
    tell: System["tell"];
    failIfAsked: () => void;
  },
): Schedules {
  const schedules = new Map<string, Schedule>();
  const ledger = new Map<string, Tick[]>();
  const idOf = (tenant: string, name: string) => `${tenant}/${name}`;
  const known = (tenant: string, name: string): Schedule => {
    const schedule = schedules.get(idOf(tenant, name));
    if (schedule === undefined) throw new RuntimeError("not-found", `There is no schedule ${name}`);
    return schedule;
  };
  const put = (schedule: Schedule): Schedule => {
    schedules.set(idOf(schedule.tenant, schedule.name), schedule);
    return schedule;
  };
  const nextOf = ({ timing, enabled }: Pick<Schedule, "timing" | "enabled">) =>
    enabled ? instantsOf(timing, { from: clock.now(), count: 1 })[0]! : null;
  return {
    async create(tenant, declared, { by } = OWN_DEED) {
      await Promise.resolve(failIfAsked());
      if (schedules.has(idOf(tenant, declared.name))) {
        throw new RuntimeError("conflict", `There is a schedule ${declared.name} already`);
      }
      mustFitJitter(declared);
      toJson(declared.target.payload, { what: "The payload", limitBytes: 64 * 1024 });
      const now = clock.now();
      const made = { tenant, builtIn: false, last: null, createdBy: by, createdAt: now, updatedAt: now };
      return put({ ...declared, ...made, nextAt: nextOf(declared) });
    },
    async change(tenant, name, changes) {
      await Promise.resolve(failIfAsked());
      const changed = { ...known(tenant, name), ...changes, updatedAt: clock.now() };
      mustFitJitter(changed);
      return put({ ...changed, nextAt: nextOf(changed) });
    },
    async remove(tenant, name) {
      await Promise.resolve(failIfAsked());
      known(tenant, name);
      schedules.delete(idOf(tenant, name));
      ledger.delete(idOf(tenant, name));
    },
    get: (tenant, name) => Promise.resolve(schedules.get(idOf(tenant, name)) ?? null),
    page({ tenant, after = "", limit }) {
      const mine = [...schedules.values()].filter((one) => one.tenant === tenant && one.name > after);
      return Promise.resolve(mine.sort((a, b) => a.name < b.name ? -1 : 1).slice(0, limit));
    },
    async runNow(tenant, name, deed = OWN_DEED) {
      const schedule = known(tenant, name);
      const { kind, key, message, payload } = schedule.target;
      const to = { tenant, kind, key: key ?? createId() };
      const told = await tell(to, message, payload, { deed, fresh: key === null });
      const instant = clock.now();
      const messageId = told.accepted ? told.messageId : null;
      const tick: Tick = {
        ...{ instant, at: instant, status: "sent", cause: "asked", by: deed.by, key: to.key, messageId, error: null },
      };
      put({ ...schedule, last: tick });
      ledger.set(idOf(tenant, name), [tick, ...ledger.get(idOf(tenant, name)) ?? []]);
      return tick;
    },
    ticks({ tenant, name, before = Infinity, limit }) {
      const mine = ledger.get(idOf(tenant, name)) ?? [];
      return Promise.resolve(mine.filter(({ instant }) => instant < before).slice(0, limit));
    },
    preview: (timing, count) => instantsOf(timing, { from: clock.now(), count }),
  };
}

function mustFitJitter({ timing, jitterMs }: Pick<Schedule, "timing" | "jitterMs">): void {
  const [first, second] = instantsOf(timing, { from: 0, count: 2 }) as [number, number];
  if (jitterMs * 2 <= second - first) return;
  throw new RuntimeError("invalid-message", "The jitter must be at most half of what lies between two ticks");
}

const DAILY = /^(\d+) (\d+) \* \* \*$/;

/** Of expressions it knows those that name one minute of each day, in UTC. */
function instantsOf(timing: ScheduleTiming, { from, count }: { from: number; count: number }): readonly number[] {
  const [first, everyMs] = "everyMs" in timing
    ? [from + timing.everyMs, timing.everyMs]
    : [nextMinute(timing.cron, from), 86_400_000];
  return Array.from({ length: count }, (_, index) => first + index * everyMs);
}

function nextMinute(cron: string, from: number): number {
  const [, minute, hour] = DAILY.exec(cron) ?? [];
  if (!(Number(minute) < 60 && Number(hour) < 24)) {
    throw new RuntimeError("invalid-message", `The cron expression ${JSON.stringify(cron)} can never be due`);
  }
  const today = new Date(from).setUTCHours(Number(hour), Number(minute), 0, 0);
  return today > from ? today : today + 86_400_000;
}
