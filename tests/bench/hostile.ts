import { systemClock } from "../../runtime/core/clock.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { bearer, SECRET, signToken } from "../support/tokens.ts";
import { runClient } from "./http_client.ts";
import type { HttpRequest } from "./http_connection.ts";
import type { HttpLoad } from "./http_load.ts";
import { measureRefusals } from "./refusal_times.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";
import { median } from "./statistics.ts";

const JOBS_PER_SECOND = 500;
const WRONG_PER_SECOND = 1_000;
/** Each of the wrong tokens is another one. */
const WRONG_TOKENS = 1_000;
const SIZES = { full: { seconds: 5, rounds: 5, guesses: 2_000 }, quick: { seconds: 1.5, rounds: 1, guesses: 100 } };
const A_YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

/** Two addresses behind a proxy, as one machine is one address. */
const TENANT_FROM = { "X-Forwarded-For": "203.0.113.1" };
const GUESSER_FROM = { "X-Forwarded-For": "203.0.113.2" };

/** Whether who guesses tokens is felt by those who have one. */
export const hostile: Scenario = {
  name: "hostile",
  about:
    `${JOBS_PER_SECOND} jobs a second of a tenant, beside ${WRONG_PER_SECOND} wrong tokens a second of one address`,
  async run({ folder, scale, progress }: ScenarioOptions) {
    const { seconds, rounds, guesses: guessedKeys } = SIZES[scale];
    await using server = await startServer({
      entry: "task",
      dataDir: folder,
      env: {
        ACTORS: `${projectRoot}/tests/support/actors/mod.ts`,
        LOG_LEVEL: "info",
        AUTH_SECRET: SECRET,
        TRUSTED_PROXIES: "1",
      },
    });
    const jobs: HttpLoad = {
      ...loadOf(server, JOBS_PER_SECOND, seconds),
      status: 201,
      requests: [await submission()],
    };
    const guesses: HttpLoad = {
      ...loadOf(server, WRONG_PER_SECOND, seconds),
      status: 429,
      requests: await guessesOf(WRONG_TOKENS),
    };
    progress("warming up");
    await Promise.all([runClient(jobs), runClient({ ...guesses, perSecond: WRONG_PER_SECOND / 10 })]);
    const seen = { calm: [] as number[], beside: [] as number[], guesses: [] as number[], verified: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`);
      seen.calm.push((await runClient(jobs)).p99Ms);
      const [beside, wrong] = await Promise.all([runClient(jobs), runClient(guesses)]);
      seen.beside.push(beside.p99Ms);
      seen.guesses.push(wrong.perSecond);
      seen.verified.push(wrong.refused[401] ?? 0);
      mustBeServed(beside.refused);
    }
    progress(`${guessedKeys} keys that there are not, ${guessedKeys} with another secret`);
    const refusals = await measureRefusals(server.url, guessedKeys);
    await server.stop();
    return [
      ...figuresOf(median(seen.calm), median(seen.beside), median(seen.guesses), Math.max(...seen.verified)),
      { name: "p50 of refusing an unknown key", unit: "ms", value: refusals.unknownMs },
      {
        name: "p50 of refusing a wrong secret, more or less than that",
        unit: "ms",
        value: Math.abs(refusals.wrongMs - refusals.unknownMs),
        bound: { atMost: 1 },
      },
    ];
  },
};

function loadOf({ url }: RunningServer, perSecond: number, seconds: number): Omit<HttpLoad, "status" | "requests"> {
  return { port: Number(new URL(url).port), connections: 16, perSecond, seconds };
}

/** A job that waits for next year: what is measured is its submission. */
async function submission(): Promise<HttpRequest> {
  const token = await signToken(systemClock, { claims: { tenant: "acme" } });
  const runAt = new Date(systemClock.now() + A_YEAR_MS).toISOString();
  const body = JSON.stringify({ type: "trivial", payload: { text: "x".repeat(200) }, runAt });
  return { method: "POST", path: "/api/jobs", body, headers: { ...bearer(token), ...TENANT_FROM } };
}

/** Whole tokens, but for a signature of somebody else's. */
function guessesOf(count: number): Promise<HttpRequest[]> {
  const key = new TextEncoder().encode("the secret of a guesser, 32 bytes and more");
  return Promise.all(Array.from({ length: count }, async (_, index) => {
    const token = await signToken(systemClock, { key, claims: { sub: `guess-${index}` } });
    return { method: "GET", path: "/api/jobs", headers: { ...bearer(token), ...GUESSER_FROM } };
  }));
}

/** @throws {Error} when the tenant was refused anything */
function mustBeServed(refused: Readonly<Record<string, number>>): void {
  if (Object.keys(refused).length > 0) throw new Error(`The tenant was refused: ${JSON.stringify(refused)}`);
}

function figuresOf(calmMs: number, besideMs: number, perSecond: number, verified: number): Figure[] {
  return [
    {
      name: "p99 of a POST beside wrong tokens",
      unit: "ms",
      value: besideMs,
      bare: { what: "without them", value: calmMs },
      bound: { ofBare: 2 },
    },
    { name: "wrong tokens refused a second", unit: "1/s", value: perSecond },
    { name: "wrong tokens that were verified, at most", unit: "count", value: verified },
  ];
}
