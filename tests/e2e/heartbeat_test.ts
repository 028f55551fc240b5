import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sleep, systemClock } from "../../runtime/core/clock.ts";
import { CronTimes } from "../../runtime/schedule/cron.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import { startServer } from "../support/running_server.ts";
import { passedOn } from "../support/server_process.ts";

/** Fires every cron of the process each 100 ms. */
const HASTE = { DENO_CRON_TEST_SCHEDULE_OFFSET: "100" };
/** Shorter than a node's own timer sleeps that expects nothing, by far. */
const SOON_MS = 10_000;

interface TickRow {
  readonly instant: number;
  readonly status: string;
}

Deno.test("the heartbeat of Deno.cron finds a schedule that is due, of which the node's own timer knows nothing", async () => {
  const entry = join(projectRoot, "tests/support/registry/clockwork_registry.ts");
  await using server = await startServer({ env: { ...HASTE, ACTORS: entry, ACTOR_ISOLATION: "inline" } });
  using db = new DatabaseSync(join(server.dataDir, "mailroom.db"));
  db.exec("pragma busy_timeout = 5000");
  // A kind's own schedule is there before the node looks for the first time; lists are read by the same thread, one after the
  // other, so after some of them that look is over, and the node's timer is set: for a minute from then.
  const builtIn = db.prepare("select name from schedules where tenant = 'system'");
  await soon(() => builtIn.all().length === 1);
  for (let list = 0; list < 3; list++) {
    const listed = await fetch(`${server.url}/api/schedules`, { headers: { "X-Tenant": "demo" } });
    assert.deepEqual([listed.status, (await listed.json() as { items: unknown[] }).items], [200, []]);
  }
  // Nobody tells it of a row that comes in past the program.
  const dueAt = systemClock.now() - 1_000;
  db.prepare(
    `insert into schedules (tenant, name, revision, cron, time_zone, every_ms, anchor_at, kind, key, message, payload,
      catch_up, catch_up_limit, jitter_ms, enabled, built_in, next_at, last, created_by, created_at, updated_at)
    values ('demo', 'beside', 'r', null, null, 86400000, ?, 'tally', 'a', 'add', '{"by":1}', 'latest', 1, 0, 1, 0, ?, null, 'sql', 1, 1)`,
  )
    .run(dueAt - 86_400_000, dueAt);
  const ledger = db.prepare("select instant, status from ticks where tenant = 'demo' and schedule = 'beside'");
  await soon(() => ledger.all().length > 0);
  const rows = ledger.all() as unknown as TickRow[];
  assert.deepEqual(rows.map(({ instant, status }) => [instant, status]), [[dueAt, "sent"]]);
});

async function soon(isSo: () => boolean): Promise<void> {
  const begunAt = systemClock.monotonic();
  while (!isSo()) {
    assert.ok(systemClock.monotonic() - begunAt < SOON_MS, `Waited ${SOON_MS} ms in vain for ${isSo}`);
    await sleep(systemClock, 20);
  }
}

/** Runs main.ts in a process of its own and answers what it gives to `Deno.cron`. */
async function cronsOfMain(): Promise<readonly (readonly [name: string, schedule: string, options: unknown])[]> {
  const script = `
    const crons = [];
    const cron = Deno.cron;
    Object.defineProperty(Deno, "cron", { value(...given) { crons.push(given.slice(0, 3)); return cron(...given); } });
    await import(${JSON.stringify(join(projectRoot, "main.ts"))});
    console.log("\\nCRONS " + JSON.stringify(crons));
    Deno.exit(0);
  `;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--unstable-cron", "--unstable-worker-options", "--config", join(projectRoot, "deno.json"), script],
    cwd: projectRoot,
    clearEnv: true,
    env: { ...passedOn(), PORT: "0", DATABASE_URL: "sqlite::memory:", ACTOR_ISOLATION: "inline", LOG_LEVEL: "error" },
  }).output();
  const line = new TextDecoder().decode(stdout).split("\n").find((line) => line.startsWith("CRONS "));
  assert.ok(line !== undefined, new TextDecoder().decode(stderr));
  return JSON.parse(line.slice("CRONS ".length));
}

Deno.test("main.ts registers crons under names and weekdays that every Deno takes, without retries", async () => {
  const crons = await cronsOfMain();
  assert.deepEqual(crons.map(([name, schedule]) => [name, schedule]), [["heartbeat", "* * * * *"]]);
  for (const [name, schedule, options] of crons) {
    assert.match(name, /^[A-Za-z0-9 _-]{1,64}$/);
    const fields = schedule.split(" ");
    assert.equal(fields.length, 5);
    assert.doesNotMatch(fields[4]!, /\d/, "weekdays by name: the numbers of Deno.cron are Quartz's");
    assert.deepEqual(options, { backoffSchedule: [] });
  }
});

/** Whether the platform takes it; what it takes is taken back at once. */
async function denoTakes(schedule: string): Promise<boolean> {
  const over = new AbortController();
  try {
    const cron = Deno.cron("probe", schedule, { signal: over.signal, backoffSchedule: [] }, () => {});
    over.abort();
    await cron;
    return true;
  } catch {
    return false;
  }
}

function mailroomTakes(cron: string): boolean {
  try {
    return new CronTimes({ cron, timeZone: "UTC" }).after(0) !== null;
  } catch {
    return false;
  }
}

Deno.test("schedules take and refuse what Deno.cron does, but for weekdays by number, which are POSIX's", async () => {
  const both = ["* * * * *", "*/5 1-3,7 1,15 JAN-MAR MON-FRI", "0 0 L * *", "0 0 * * SUN", "0 0 * * sun"];
  for (const schedule of both) {
    assert.deepEqual([await denoTakes(schedule), mailroomTakes(schedule)], [true, true], schedule);
  }
  const neither = ["* * * * * *", "@hourly", "@daily", "61 * * * *", "", "* * * *", "a b c d e"];
  for (const schedule of neither) {
    assert.deepEqual([await denoTakes(schedule), mailroomTakes(schedule)], [false, false], schedule);
  }
  assert.deepEqual([await denoTakes("0 0 * * 0"), mailroomTakes("0 0 * * 0")], [false, true]);
});
