import { openStore, systemClock, systemRandom } from "../../runtime/mod.ts";
import { createIds } from "../../runtime/core/ids.ts";
import { createCommands } from "../../runtime/system/commands.ts";
import { registry, trivial } from "./bench_registry.ts";
import { TEXT } from "./load.ts";

const JOBS_PER_ENTRY = 500;
const ENTRIES_PER_BATCH = 8;
const TOLD_EVERY = 100_000;

export interface BacklogOptions {
  readonly jobs: number;
  /** Their jobs come in turns. */
  readonly tenants: number;
  readonly progress: (what: string) => void;
}

/** Makes a database in which that many trivial jobs wait, as a node would have written them, and closes it. */
export async function makeBacklog(path: string, { jobs, tenants, progress }: BacklogOptions): Promise<void> {
  const commands = createCommands(registry, createIds(systemClock, systemRandom));
  const createId = createIds(systemClock, systemRandom);
  const store = await openStore({
    databaseUrl: `sqlite:${path}`,
    registry,
    registryUrl: import.meta.resolve("./bench_registry.ts"),
    node: "bench",
    now: systemClock.now(),
  });
  try {
    const at = systemClock.now();
    const entry = (index: number) => {
      const tenant = `tenant-${index % tenants + 1}`;
      const size = Math.min(JOBS_PER_ENTRY, jobs - index * JOBS_PER_ENTRY);
      const writes = Array.from({ length: size }, () =>
        commands.fromOutside({
          to: trivial.at(tenant, createId()),
          message: "run",
          payload: { text: TEXT },
          fresh: true,
        }, { by: "system", now: at }));
      return { tenant, at, writes };
    };
    const entries = Math.ceil(jobs / JOBS_PER_ENTRY);
    for (let first = 0; first < entries; first += ENTRIES_PER_BATCH) {
      const size = Math.min(ENTRIES_PER_BATCH, entries - first);
      const results = await store.write(Array.from({ length: size }, (_, index) => entry(first + index)));
      const refused = results.find(({ status }) => status !== "committed");
      if (refused !== undefined) throw new Error(`The store refused a part of the backlog: ${JSON.stringify(refused)}`);
      const written = (first + size) * JOBS_PER_ENTRY;
      if (written % TOLD_EVERY < size * JOBS_PER_ENTRY) progress(`${written} jobs are queued`);
    }
  } finally {
    await store.close();
  }
}
