/**
 * `deno task demo`: a server with a database that goes with it, the services outside that it speaks to, made up, and tenants
 * with work: streams of parcels, car washes, and sellers of cards. Ctrl-C ends all of it. `--no-open` starts no browser; PORT is the server's.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../runtime/core/clock.ts";
import { openCatalogue } from "./catalogue_part.ts";
import { openCustomers } from "./customers_part.ts";
import { demoApi } from "./demo_api.ts";
import { startDemoServer } from "./demo_server.ts";
import { openFinances } from "./finances_part.ts";
import { openOrders } from "./orders_part.ts";
import { openParcels } from "./parcels_part.ts";
import type { DemoPart } from "./part.ts";
import { openRecords } from "./records_part.ts";
import { openSeeded } from "./seeded_part.ts";
import { openUploads } from "./uploads_part.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MOST_COMPLAINTS = 20;
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  windows: ["cmd", "/c", "start"],
};

// deno-lint-ignore no-console -- a command that speaks to a person
const say = console.log;

async function main(): Promise<number> {
  const asked = Promise.withResolvers<0>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, () => asked.resolve(0));
  const folder = await Deno.makeTempDir({ prefix: "mailroom-demo-" });
  try {
    await using outside = new AsyncDisposableStack();
    const others = await openParts(outside, join(folder, "mail"));
    await using server = startDemoServer({
      root: ROOT,
      env: {
        ...Object.assign({}, ...others.map(({ env }) => env)),
        DATABASE_URL: `sqlite:${join(folder, "mailroom.db")}`,
      },
    });
    // While it starts: an hour of scans takes a moment, and it is told of their sources later.
    const parts = [outside.use(await openParcels(systemClock)), ...others];
    const url = await Promise.race([server.ready, asked.promise]);
    if (url === 0) return 0;
    const api = demoApi(url);
    await using people = new AsyncDisposableStack();
    for (const part of parts) people.use(await part.begin(api));
    tell(url, parts);
    if (!Deno.args.includes("--no-open")) open(`${url}/streams`);
    const code = await Promise.race([server.exited, asked.promise]);
    say(code === 0 ? "Ending..." : `The server has ended:\n${server.lastLines()}`);
    return code;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function openParts(outside: AsyncDisposableStack, mailDir: string): Promise<DemoPart[]> {
  const seeded = openSeeded();
  const sellers = { tenants: seeded.tenants.map(({ id }) => id), onError: complain };
  return [
    outside.use(seeded),
    outside.use(await openCatalogue(systemClock)),
    outside.use(await openOrders(systemClock, sellers)),
    outside.use(openRecords(systemClock, sellers)),
    outside.use(await openCustomers(systemClock, { mailDir, onError: complain })),
    outside.use(openUploads(systemClock, complain)),
    outside.use(await openFinances(systemClock)),
  ];
}

const complaints = new Set<string>();

/** Once of each kind. */
function complain(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  if (complaints.has(text) || complaints.size >= MOST_COMPLAINTS) return;
  complaints.add(text);
  say(`  ${text}`);
}

function tell(url: string, parts: readonly DemoPart[]): void {
  say("");
  for (const part of parts) say(part.lines(url).map((line) => `  ${line}\n`).join(""));
  say(`  The API: ${url}/docs`);
  say("\n  Ctrl-C ends it, and leaves nothing behind.\n");
}

/** Where there is something to open it with, which may run for as long as the browser does. */
function open(url: string): void {
  const [program, ...args] = OPENERS[Deno.build.os] ?? ["xdg-open"];
  const quietly = { stdin: "null", stdout: "null", stderr: "null" } as const;
  try {
    // In a group of its own: a Ctrl-C is not for the browser.
    new Deno.Command(program!, { args: [...args, url], detached: true, ...quietly }).spawn().unref();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

Deno.exit(await main());
