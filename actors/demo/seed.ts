/**
 * `deno task seed`: tenants with customers, employees, parcels and orders, made up and believable, in the database that
 * `deno task start` uses (DATABASE_URL); or with `--url` in that of a server that runs. Where it asks who one is, with `--token` of the role platform.
 * The same seed is the same data, and what is there already stays: so it may be run again.
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { sleep, systemClock } from "../../runtime/core/clock.ts";
import { believableTenants, type SeedSize } from "./believable.ts";
import { type DemoApi, demoApi } from "./demo_api.ts";
import { startDemoServer } from "./demo_server.ts";
import { seedTenant } from "./seed_tenant.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const LOOK_MS = 200;
const DEFAULTS: SeedSize = { tenants: 3, customers: 200, employees: 100, parcels: 300, orders: 20 };
const USAGE = `deno task seed [--url URL] [--token TOKEN] [--seed NUMBER] ${
  Object.entries(DEFAULTS).map(([name, count]) => `[--${name} ${count}]`).join(" ")
}`;

// deno-lint-ignore no-console -- a command that speaks to a person
const say = console.log;

async function main(): Promise<void> {
  const { url, token, seed, size } = asked();
  if (url !== undefined) return await fill(demoApi(url, { token }), seed, size);
  await using server = startDemoServer({ root: ROOT, env: { PORT: "0" } });
  const api = demoApi(await server.ready, { token });
  await fill(api, seed, size);
  await done(api);
}

async function fill(api: DemoApi, seed: number, size: SeedSize): Promise<void> {
  for (const tenant of believableTenants(seed, size)) {
    await seedTenant(api, tenant);
    const { id, name, customers, scans, orders } = tenant;
    say(`  ${id}: ${name}, ${customers.length} customers, ${scans.length} scans, ${orders.length} orders`);
  }
}

/** Orders wait for an upstream where none is configured, and whatever waits goes on with the next start. */
async function done(api: DemoApi): Promise<void> {
  for (let before = Infinity;;) {
    const { pending } = await api.get("demo", "/health") as { pending: number };
    if (pending === 0 || pending === before) return;
    before = pending;
    await sleep(systemClock, LOOK_MS);
  }
}

function asked(): { url: string | undefined; token: string | undefined; seed: number; size: SeedSize } {
  const names = Object.keys(DEFAULTS) as (keyof SeedSize)[];
  const options = Object.fromEntries(
    ["url", "token", "seed", ...names].map((name) => [name, { type: "string" as const }]),
  );
  const { values } = parseArgs({ args: Deno.args, options, strict: true });
  const whole = (name: string, otherwise: number) => {
    const given = values[name] as string | undefined;
    if (given === undefined) return otherwise;
    if (!/^\d{1,6}$/.test(given)) throw new Error(`--${name} must be a whole number up to 999999`);
    return Number(given);
  };
  return {
    url: (values["url"] as string | undefined)?.replace(/\/$/, ""),
    token: values["token"] as string | undefined,
    seed: whole("seed", 1),
    size: Object.fromEntries(names.map((name) => [name, whole(name, DEFAULTS[name])])) as unknown as SeedSize,
  };
}

await main().catch((error) => {
  say(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  Deno.exit(1);
});
