import type { LedgerFaults } from "../../actors/financial_sync/simulator/contract.ts";
import { openLedgerSimulator } from "../../actors/financial_sync/simulator/simulator.ts";
import type { Random } from "../../runtime/core/random.ts";
import { apiOf } from "../support/api.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { cursorOf, isRead, judgeFinished, judgeKilled, type Synced } from "./ledger_judge.ts";
import { between, type Campaign, type Course, Findings, pause, type Result } from "./torture_campaign.ts";
import { openFile } from "./torture_load.ts";

export interface LedgerSize {
  /** Of each of the two tenants. */
  readonly entries?: number;
  /** In each round. */
  readonly kills?: number;
  /** How long a life lasts at most from where the ledger is asked. */
  readonly lifeMs?: number;
}

/** About one call in five is not answered as it should be. */
const FAULTS: LedgerFaults = {
  ...{ serverError: 30, limited: 8, hang: 5, reset: 25, truncated: 30, html: 20, repeated: 25, empty: 20 },
  reordered: 60,
};
const HANG_MS = 1_000;
const PAGE_LIMITS = [40, 80, 160];
const EVERY_MS = 1_000;
const PATIENCE_MS = 120_000;

/**
 * Two tenants' ledgers are read while the server is killed again and again, and while it starts. That of the second tells some
 * entries otherwise than they are until the kills are over.
 */
export function ledgerRounds({ entries = 10_000, kills = 20, lifeMs = 1_200 }: LedgerSize = {}): Campaign {
  return {
    name: "ledger",
    shows: "transactions are what the ledger has, whatever it does and whenever the server is killed",
    rounds: 3,
    run: (course) => run(course, { entries, kills, lifeMs }),
  };
}

async function run({ rounds, random, tell }: Course, size: Required<LedgerSize>): Promise<Result> {
  const findings = new Findings();
  const figures = { slowestReadyMs: 0, calls: 0, faults: 0, pages: 0 };
  const options = { ...size, faults: FAULTS, hangMs: HANG_MS };
  await using place = await openLedgerSimulator({ seed: 0, entries: 0 });
  await place.stop();
  const port = Number(new URL(place.url).port);
  const env = { LEDGER_BASE_URL: place.url, LOG_LEVEL: "info", EVENTS_KEPT: "100000000" };
  await using server = await startServer({ env });
  for (let round = 1; round <= rounds; round++) {
    const begunAt = performance.now();
    const seed = Math.floor(random.next() * 2 ** 31);
    await using ledger = await openLedgerSimulator({ ...options, seed, port, released: slice(size) });
    const tenants = [`true-${round}`, `false-${round}`] as const;
    const synced: Synced[] = tenants.map((tenant, index) => ({
      ...{ tenant, ledger },
      ...misstate(ledger, tenant, { random, share: index === 0 ? 0 : 1 / 1_000 }),
    }));
    for (const { tenant } of synced) await enable(server, tenant, random);
    for (let kill = 1; kill <= size.kills; kill++) {
      await untilCalled(ledger);
      await pause(between(random, 0, size.lifeMs));
      await killAndJudge(server, synced, findings);
      if (kill % 5 === 4) {
        const starting = server.restart().catch(() => {});
        await pause(between(random, 50, 1_500));
        await killAndJudge(server, synced, findings);
        await starting;
      }
      ledger.release(slice(size));
      const killedAt = performance.now();
      await server.restart();
      figures.slowestReadyMs = Math.max(figures.slowestReadyMs, Math.round(performance.now() - killedAt));
    }
    ledger.release();
    // What is misstated must have been seen before it is mended.
    await patiently(
      "the ledgers are read",
      () =>
        look(server, (db) =>
          synced.every(({ tenant }) => cursorOf(db, tenant) === ledger.lastPosition(tenant)) &&
          mismatchesIn(db, tenants[1]) === synced[1]!.misstated),
    );
    ledger.mend();
    await patiently(
      "everything is read and compared",
      () => look(server, (db) => synced.every((one) => isRead(db, one))),
    );
    await Promise.all(tenants.map((tenant) => disable(server, tenant)));
    look(server, (db) => {
      for (const one of synced) judgeFinished(db, one, findings);
      figures.pages += Number(db.prepare("select count(*) as many from jobs").get()!["many"]);
    });
    figures.calls += ledger.requests.length;
    figures.faults += ledger.requests.filter(({ fault }) => fault !== null).length;
    tell(`seed ${seed}, ${size.kills} kills, ${Math.round(performance.now() - begunAt)} ms`);
  }
  await server.stop();
  const integrity = look(server, (db) => String(db.prepare("pragma integrity_check").get()?.["integrity_check"]));
  findings.expect("the file is whole", integrity === "ok", () => integrity);
  return { findings: findings.all, figures };
}

/** Of the entries this share, rounded up. */
function misstate(
  ledger: Synced["ledger"],
  tenant: string,
  { random, share }: { random: Random; share: number },
): Pick<Synced, "misstated" | "leftOut"> {
  const all = ledger.oracle(tenant);
  const totals = new Set<string>();
  const leftOut = new Set<string>();
  for (let left = Math.ceil(all.length * share); left > 0; left--) {
    const { id, position, amount, bookedAt, currency } = all[Math.floor(random.next() * all.length)]!;
    const isLeftOut = random.next() < 0.5;
    ledger.misstate(tenant, position, isLeftOut ? null : amount + 7);
    totals.add(`${bookedAt.slice(0, 10)} ${currency}`);
    if (isLeftOut) leftOut.add(id);
  }
  return { misstated: totals.size, leftOut };
}

async function killAndJudge(server: RunningServer, synced: readonly Synced[], findings: Findings): Promise<void> {
  await server.kill();
  look(server, (db) => synced.forEach((one) => judgeKilled(db, one, findings)));
}

async function enable(server: RunningServer, tenant: string, random: Random): Promise<void> {
  const limit = PAGE_LIMITS[Math.floor(random.next() * PAGE_LIMITS.length)]!;
  const { send } = apiOf(server, { tenant });
  const response = await send("POST", "/api/financial-sync", { everyMs: EVERY_MS, limit });
  const text = await response.text();
  if (!response.ok) throw new Error(`The sync of ${tenant} was answered ${response.status}: ${text}`);
}

async function disable(server: RunningServer, tenant: string): Promise<void> {
  await (await apiOf(server, { tenant }).send("DELETE", "/api/financial-sync")).body?.cancel();
}

function mismatchesIn(db: ReturnType<typeof openFile>, tenant: string): number {
  return Number(
    db.prepare("select count(*) as many from events where tenant = ? and type = 'financial-sync.mismatch'")
      .get(tenant)!["many"],
  );
}

function look<Seen>(server: RunningServer, at: (db: ReturnType<typeof openFile>) => Seen): Seen {
  using db = openFile(server);
  return at(db);
}

/** So that every life has something to do. */
function slice({ entries, kills }: Required<LedgerSize>): number {
  return Math.ceil(entries / (kills + 1));
}

async function untilCalled({ requests }: Synced["ledger"]): Promise<void> {
  const before = requests.length;
  await patiently("the ledger is asked", () => requests.length > before);
}

async function patiently(what: string, isSo: () => boolean): Promise<void> {
  for (const begunAt = performance.now(); !isSo(); await pause(20)) {
    if (performance.now() - begunAt > PATIENCE_MS) throw new Error(`After ${PATIENCE_MS} ms it is not so: ${what}`);
  }
}
