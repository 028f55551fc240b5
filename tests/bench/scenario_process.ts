/** Runs one scenario several times, in a process of its own so that nothing of it bears on the others. */
import { join } from "node:path";
import { endBelow } from "./end_tree.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { ScenarioLine, ScenarioOrder } from "./scenario_protocol.ts";

function say(line: ScenarioLine): void {
  // deno-lint-ignore no-console -- its answers
  console.log(JSON.stringify(line));
}

async function obey({ name, folder: base, scale, runs: wanted, minutes }: ScenarioOrder): Promise<void> {
  const scenario = await SCENARIOS[name]!();
  const runs = scenario.runsOnce ? 1 : wanted;
  say({ about: scenario.about, runs });
  const keptFolder = join(base, "kept");
  await Deno.mkdir(keptFolder);
  for (let run = 1; run <= runs; run++) {
    const folder = join(base, `run-${run}`);
    await Deno.mkdir(folder);
    const progress = (what: string) => say({ run, progress: what });
    const figures = await scenario.run({
      folder,
      keptFolder,
      scale,
      progress,
      ...minutes === undefined ? {} : { minutes },
    });
    await endBelow(Deno.pid);
    await Deno.remove(folder, { recursive: true });
    say({ run, figures });
  }
}

try {
  await obey(JSON.parse(Deno.args[0]!));
} catch (error) {
  say({ failed: error instanceof Error ? error.stack ?? error.message : String(error) });
}
// What a scenario has started and not ended goes with this process.
Deno.exit(0);
