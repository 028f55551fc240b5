import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { Random } from "../../runtime/core/random.ts";
import type { Submission } from "../../routes/submission.ts";
import type { RunningServer } from "../support/running_server.ts";
import { between, type Findings, pause } from "./torture_campaign.ts";

/** What the outside knows: every answer that a client has seen. */
export interface Oracle {
  /** Ids of jobs whose 201 was read. */
  readonly ackedJobs: Set<string>;
  /** By counter: how many additions of 1 were answered 202. */
  readonly ackedAdds: Map<string, number>;
  /** What a second answer to one Idempotency-Key said, where it was another job. */
  readonly secondIds: string[];
  /** Answers that no client should ever get. */
  readonly strange: string[];
}

export interface Load {
  readonly clients: number;
  readonly until: AbortSignal;
  /** It goes on beyond `until` until so many jobs are acknowledged, so that a slow machine proves as much; 20 by default. */
  readonly least?: number;
  /** What a client submits every other time; `trivial` by default. The rest are additions to counters. */
  readonly job?: (key: string) => Submission;
  /** Between two requests of one client; 0 by default. */
  readonly pauseMs?: number;
}

const COUNTERS = 5;
const LEAST_JOBS = 20;
/** As long as this, a server that is restarted again and again may take to answer. */
const PATIENCE_MS = 240_000;

export function createOracle(): Oracle {
  return { ackedJobs: new Set(), ackedAdds: new Map(), secondIds: [], strange: [] };
}

/**
 * Clients that go on over restarts: a request without an answer is sent again with the same Idempotency-Key.
 * When they fail, whoever waits for them at the end of the load hears of it, and nobody before.
 */
export function submitLoad(
  server: RunningServer,
  oracle: Oracle,
  { clients, until, least = LEAST_JOBS, job = (key) => ({ type: "trivial", payload: { text: key } }), pauseMs = 0 }:
    Load,
): Promise<void> {
  const oneClient = async (client: number) => {
    for (let number = 0; !until.aborted || oracle.ackedJobs.size < least; number++) {
      const key = `${client}-${number}`;
      if (number % 2 === 0) await submit(key, number % 20 === 0);
      else await add(key, `c${number % COUNTERS}`);
      await pause(pauseMs);
    }
  };
  const submit = async (key: string, isRepeated: boolean) => {
    const body = job(key);
    const { id } = await insist(server, "/api/jobs", { key, body, oracle });
    oracle.ackedJobs.add(String(id));
    if (!isRepeated) return;
    const second = await insist(server, "/api/jobs", { key, body, oracle });
    if (second["id"] !== id) oracle.secondIds.push(`${key}: ${id}, then ${second["id"]}`);
  };
  const add = async (key: string, counter: string) => {
    await insist(server, `/api/actors/counter/${counter}/add`, { key, body: { by: 1 }, oracle });
    oracle.ackedAdds.set(counter, (oracle.ackedAdds.get(counter) ?? 0) + 1);
  };
  const over = Promise.all(Array.from({ length: clients }, (_, client) => oneClient(client))).then(() => {});
  over.catch(() => {});
  return over;
}

export interface Mix {
  /** Of jobs that take a while, so that something is under way whatever happens when. */
  readonly share: number;
  readonly longestMs: number;
  /** Where one job in ten sends a webhook; nowhere by default. */
  readonly hook?: string;
}

export function mixed(random: Random, { share, longestMs, hook }: Mix): (key: string) => Submission {
  return (key) => {
    if (hook !== undefined && random.next() < 0.1) return { type: "webhook", payload: { url: hook, body: { key } } };
    if (random.next() >= share) return { type: "trivial", payload: { text: key } };
    return { type: "sleepy", payload: { ms: Math.round(between(random, 50, longestMs)) } };
  };
}

/** Until nothing is unhandled, however much that is. @throws {Error} when nothing at all is handled for `stuckMs` */
export async function settled(server: RunningServer, { stuckMs = 60_000 } = {}): Promise<void> {
  let fewest = Infinity;
  for (let sinceAt = performance.now(); performance.now() - sinceAt < stuckMs;) {
    const { pending } = await (await fetch(`${server.url}/health`)).json();
    if (pending === 0) return;
    if (pending < fewest) [fewest, sinceAt] = [pending, performance.now()];
    await pause(50);
  }
  throw new Error(`${fewest} messages are unhandled, as many as ${stuckMs} ms ago`);
}

/** What an engine has kept of that, whichever it is. */
export interface Kept {
  readonly jobs: ReadonlyMap<string, KeptJob>;
  /** Ids of jobs that the log tells of as succeeded more than once. */
  readonly twice: ReadonlySet<string>;
  /** Of the counters, by the names under which the oracle knows them. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface KeptJob {
  readonly status: string;
  readonly attempts: number;
  /** Of its attempts that did not succeed, in short. */
  readonly errors: readonly string[];
}

/**
 * Compares the file of a server that has ended with what the clients know; their jobs must all have succeeded.
 * `mayLose`: how many of them may have lost an attempt; how many have is answered.
 */
export function judge(
  server: { readonly dataDir: string },
  oracle: Oracle,
  { findings, mayLose = 0 }: { findings: Findings; mayLose?: number },
): number {
  using db = openFile(server);
  const robbed = judgeKept(keptIn(db), oracle, { findings, mayLose });
  const integrity = String(db.prepare("pragma integrity_check").get()?.["integrity_check"]);
  findings.expect("the file is whole", integrity === "ok", () => integrity);
  return robbed;
}

/** The same of what was read already. */
export function judgeKept(
  { jobs, twice, counts }: Kept,
  oracle: Oracle,
  { findings, mayLose = 0 }: { findings: Findings; mayLose?: number },
): number {
  const acked = [...oracle.ackedJobs];
  findings.expectAll("every acknowledged job is there", acked, (id) => jobs.has(id));
  const found = acked.flatMap((id) => jobs.has(id) ? [{ id, ...jobs.get(id)! }] : []);
  findings.expectAll("every acknowledged job has succeeded", found, ({ status }) => status === "succeeded");
  const robbed = found.filter(({ attempts }) => attempts !== 1);
  findings.expect("no job has lost an attempt", robbed.length <= mayLose, () => JSON.stringify(robbed.slice(0, 3)));
  findings.expectAll("no job has succeeded twice", acked, (id) => !twice.has(id));
  for (const [counter, adds] of oracle.ackedAdds) {
    const count = counts.get(counter);
    findings.expect("every counter is exact", count === adds, () => `${counter} is ${count}, should be ${adds}`);
  }
  findings.expect("one key names one job", oracle.secondIds.length === 0, () => oracle.secondIds.join("; "));
  findings.expect("refusals are 429 or 503", oracle.strange.length === 0, () => oracle.strange.slice(0, 3).join("; "));
  return robbed.length;
}

function keptIn(db: DatabaseSync): Kept {
  const errors = db.prepare("select error from attempts where job_id = ? and outcome <> 'succeeded'");
  const jobs = db.prepare("select id, status, attempts from jobs").all().map(({ id, status, attempts }) => {
    const failures = attempts === 1 ? [] : errors.all(String(id)).map(({ error }) => JSON.parse(String(error)).message);
    return [String(id), { status: String(status), attempts: Number(attempts), errors: failures }] as const;
  });
  const twice = db.prepare(
    "select subject from events where type = 'job.succeeded' group by subject having count(*) > 1",
  )
    .all().map(({ subject }) => String(subject).replace(/^job\//, ""));
  const counts = db.prepare("select key, state from actors where kind = 'counter'").all()
    .map(({ key, state }) => [String(key), JSON.parse(String(state)).count as number] as const);
  return { jobs: new Map(jobs), twice: new Set(twice), counts: new Map(counts) };
}

/** The server's database, read past the server, dead or alive. */
export function openFile({ dataDir }: { readonly dataDir: string }): DatabaseSync {
  return new DatabaseSync(join(dataDir, "mailroom.db"), { readOnly: true, timeout: 5_000 });
}

export async function statusOf(server: { readonly url: string }, path: string): Promise<number> {
  const response = await fetch(server.url + path);
  await response.body?.cancel();
  return response.status;
}

/** A request that is sent again until it is answered. */
export interface Insistence {
  /** Its Idempotency-Key. */
  readonly key: string;
  readonly body: unknown;
  readonly oracle: Oracle;
  readonly headers?: Readonly<Record<string, string>>;
  /** An answer that takes longer is not waited for; by default each is. */
  readonly answerWithinMs?: number;
}

/** The answer, however often the server dies meanwhile. */
export async function insist(
  server: { readonly url: string },
  path: string,
  { key, body, oracle, headers = {}, answerWithinMs }: Insistence,
): Promise<Record<string, unknown>> {
  const begunAt = performance.now();
  for (;;) {
    const response = await fetch(server.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key, ...headers },
      body: JSON.stringify(body),
      ...answerWithinMs === undefined ? {} : { signal: AbortSignal.timeout(answerWithinMs) },
    }).then(async (got) => ({ status: got.status, text: await got.text() })).catch(() => null);
    if (response !== null && response.status < 300) return JSON.parse(response.text);
    if (response !== null && response.status !== 503 && response.status !== 429) {
      oracle.strange.push(`${path} answered ${response.status}: ${response.text}`);
    }
    if (performance.now() - begunAt > PATIENCE_MS) throw new Error(`${path} was not answered: ${response?.text}`);
    await pause(20);
  }
}
