import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { descendantsOf } from "../support/process_tree.ts";
import { startServer } from "../support/running_server.ts";
import { benchCommand, V8_FLAGS } from "./bench_command.ts";
import { peakMemory, resetPeaks, residentMemory } from "./memory.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";

const SIZES = {
  full: { brands: 500, products: 40, changed: 200, cycles: 8 },
  quick: { brands: 50, products: 40, changed: 20, cycles: 1 },
};
/** So that an answer of 20,000 products comes to ten megabytes. */
const DESCRIPTION_CHARS = 240;
const WINDOW_MS = 1_000;
/** 150 MB. */
const MOST_MIB = 150e6 / (1_024 * 1_024);
const LOOK_EVERY_MS = 2;
const PATIENCE_MS = 60_000;
const SIMULATOR = fileURLToPath(import.meta.resolve("../../actors/catalog/simulator/main.ts"));

/** A catalogue of 20,000 products in one answer, of which a hundredth has changed. */
export const catalogScenario: Scenario = {
  name: "catalog",
  about: "a catalogue of 20,000 products in an answer of 10 MB: all of it new, 200 changed, none changed",
  async run({ folder, scale, progress }: ScenarioOptions) {
    const { brands, products, changed, cycles } = SIZES[scale];
    await using source = await startSource({ brands, products });
    const dataDir = join(folder, "catalog");
    await Deno.mkdir(dataDir, { recursive: true });
    const env = { ...source.env, LOG_LEVEL: "info", CATALOG_EVERY_MS: "86400000", DENO_V8_FLAGS: V8_FLAGS };
    await using server = await startServer({ dataDir, env });
    using watch = watchCycles(join(dataDir, "mailroom.db"));
    progress(`${brands * products} products are new`);
    const first = await watch.next();
    const sync = async () => {
      await pass(2 * WINDOW_MS);
      const begunAt = performance.now();
      const response = await fetch(`${server.url}/api/catalog/sync`, { method: "POST" });
      if (!response.ok) throw new Error(`POST /api/catalog/sync was answered ${response.status}`);
      await response.body?.cancel();
      const { written, touched } = await watch.next();
      return { ms: performance.now() - begunAt, written, touched };
    };
    // What the first cycle has left in its processes would hide what the next one takes.
    await server.restart();
    await sync();
    progress(`${changed} of them change`);
    await source.change(changed);
    const measured = await peakOf(server.pid, sync);
    const same = await sync();
    progress(`${cycles} cycles more`);
    const before = residentMemory([server.pid, ...descendantsOf(server.pid)]);
    for (let cycle = 0; cycle < cycles; cycle++) {
      await source.change(changed);
      await sync();
    }
    const grown = residentMemory([server.pid, ...descendantsOf(server.pid)]) - before;
    if (measured.of.written !== changed) throw new Error(`${measured.of.written} rows were written, not ${changed}`);
    const bound = (atMost: number): Pick<Figure, "bound"> => scale === "full" ? { bound: { atMost } } : {};
    return [
      { name: "bytes of the catalogue's answer", unit: "bytes", value: source.answerBytes },
      { name: "first cycle of a catalogue", unit: "ms", value: first.durationMs },
      { name: "cycle of a catalogue with 200 changes", unit: "ms", value: measured.of.ms, ...bound(1_500) },
      { name: "memory that it takes, of all processes", unit: "MiB", value: measured.mib, ...bound(MOST_MIB) },
      { name: "cycle of a catalogue without changes", unit: "ms", value: same.ms },
      { name: "rows written by a cycle without changes", unit: "count", value: same.touched, bound: { atMost: 0 } },
      { name: `memory that ${cycles} cycles more leave`, unit: "MiB", value: grown },
    ];
  },
};

async function peakOf<T>(pid: number, work: () => Promise<T>): Promise<{ readonly of: T; readonly mib: number }> {
  const pids = [pid, ...descendantsOf(pid)];
  const before = residentMemory(pids);
  resetPeaks(pids);
  const of = await work();
  return { of, mib: peakMemory([pid, ...descendantsOf(pid)]) - before };
}

interface Watch extends Disposable {
  /** When the next cycle of brands is completed: how long it took, what it says that it wrote, and the rows that it touched. */
  next(): Promise<{ readonly durationMs: number; readonly written: number; readonly touched: number }>;
}

const TABLES = ["brands", "brand_categories", "products", "prices", "configurations"];

function watchCycles(path: string): Watch {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 1_000 });
  const newest = db.prepare(`select id, started_at, duration_ms, counts from catalog_cycles
    where part = 'brands' and status = 'completed' and id > ? order by id desc limit 1`);
  const touchedBy = TABLES.map((table) =>
    db.prepare(`select count(*) as rows from catalog_${table} where updated_at >= ?`)
  );
  let last = "";
  return {
    async next() {
      for (const begunAt = performance.now();; await pass(LOOK_EVERY_MS)) {
        const row = newest.get(last);
        if (row !== undefined) {
          last = String(row["id"]);
          const { changes } = JSON.parse(String(row["counts"])) as { changes: Record<string, Record<string, number>> };
          const written = Object.values(changes).flatMap((each) => Object.values(each)).reduce((sum, n) => sum + n, 0);
          const since = Number(row["started_at"]);
          const touched = touchedBy.reduce((sum, statement) => sum + Number(statement.get(since)!["rows"]), 0);
          return { durationMs: Number(row["duration_ms"]), written, touched };
        }
        if (performance.now() - begunAt > PATIENCE_MS) throw new Error("No cycle was completed");
      }
    },
    [Symbol.dispose]: () => db.close(),
  };
}

interface Source extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly answerBytes: number;
  change(products: number): Promise<void>;
}

/** In a process of its own. */
async function startSource({ brands, products }: { brands: number; products: number }): Promise<Source> {
  const sizes = ["--brands", `${brands}`, "--products", `${products}`, "--descriptionChars", `${DESCRIPTION_CHARS}`];
  const command = benchCommand(SIMULATOR, [...sizes, "--windowMs", `${WINDOW_MS}`], {
    ...{ stdin: "null", stdout: "piped", stderr: "inherit" },
  });
  const child = command.spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  let said = "";
  for await (const chunk of lines) {
    said += chunk;
    if (said.includes("\n")) break;
  }
  const { env } = JSON.parse(said) as { env: Record<string, string> };
  const control = `${new URL(env.CATALOG_BASE_URL_V1!).origin}/simulator`;
  const { answerBytes } = await (await fetch(control)).json();
  return {
    env,
    answerBytes,
    async change(count) {
      await (await fetch(`${control}/change-products?count=${count}`, { method: "POST" })).body?.cancel();
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
