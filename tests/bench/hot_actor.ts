import { join } from "node:path";
import type { Command, System } from "../../runtime/mod.ts";
import { measureBareMail } from "./bare_mail.ts";
import { openBenchNode } from "./bench_node.ts";
import { tally } from "./bench_registry.ts";
import { countTurns, tellMany } from "./load.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";

const MESSAGES = { full: 100_000, quick: 10_000 };
const ASKS = { full: 100_000, quick: 10_000 };
const TELLS_IN_FLIGHT = 1_024;
const ASKS_IN_FLIGHT = 256;
const ONE = tally.at("demo", "one");

/** Everything to one actor: durable messages in batches and one by one, and questions. */
export const hotActor: Scenario = {
  name: "hot-actor",
  about: "durable messages to one counter until all are handled, and questions to it, 256 in flight",
  async run({ folder, scale, progress }: ScenarioOptions) {
    const messages = MESSAGES[scale];
    progress(`${messages} messages in a bare loop`);
    const bare = { what: "two writes a message", value: measureBareMail(join(folder, "bare.db"), messages) };
    const node = await openBenchNode({ databaseUrl: `sqlite:${join(folder, "jobs.db")}` });
    try {
      const { system } = node;
      progress(`${messages} messages in batches`);
      const batched = await measureMessages(system, messages, () => tellMany(system, messages, add));
      progress(`${messages} messages one by one`);
      const single = await measureMessages(
        system,
        messages,
        () => manyInFlight(messages, TELLS_IN_FLIGHT, () => system.tell(ONE, "add", { by: 1 })),
      );
      await mustCount(system, 2 * messages);
      progress(`${ASKS[scale]} questions`);
      const begunAt = performance.now();
      await manyInFlight(ASKS[scale], ASKS_IN_FLIGHT, () => system.ask(ONE, "count"));
      const asks = ASKS[scale] / (performance.now() - begunAt) * 1_000;
      return [
        { name: "messages to one actor a second", unit: "1/s", value: batched, bare, bound: { atLeast: 30_000 } },
        { name: "messages to one actor a second, one by one", unit: "1/s", value: single, bare },
        { name: "questions to one actor a second", unit: "1/s", value: asks, bound: { atLeast: 50_000 } },
      ];
    } finally {
      await node.stop();
    }
  },
};

function add(): Command {
  return { to: ONE, message: "add", payload: { by: 1 } };
}

/** Messages a second, from the first until all are handled. */
async function measureMessages(system: System, messages: number, send: () => Promise<void>): Promise<number> {
  const count = countTurns(system.diagnostics);
  const begunAt = performance.now();
  await Promise.all([send(), count.reaches(messages)]);
  count.end();
  return messages / (performance.now() - begunAt) * 1_000;
}

async function manyInFlight(count: number, inFlight: number, act: () => Promise<unknown>): Promise<void> {
  let begun = 0;
  const client = async () => {
    while (begun++ < count) await act();
  };
  await Promise.all(Array.from({ length: inFlight }, client));
}

async function mustCount(system: System, wanted: number): Promise<void> {
  const counted = await system.ask(ONE, "count");
  if (counted !== wanted) throw new Error(`The actor counted ${counted} of ${wanted} messages`);
}
