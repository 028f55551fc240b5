/**
 * A node in a process of its own, that says so when it is ready and then does what it is told: JSON lines in and out.
 * It ends when it is told to, when its input ends, and when it is killed.
 */
import { readLines } from "../support/log_lines.ts";
import { openBenchNode } from "./bench_node.ts";
import { refusing, tally, urgent } from "./bench_registry.ts";
import { countTurns, jobCommand, measureJobs, tellMany } from "./load.ts";
import type { ServerAnswer, ServerTask } from "./server_protocol.ts";
import { perJob, readStations } from "./stations.ts";
import { deedOf } from "../support/deeds.ts";

const [databaseUrl, name = "bench"] = Deno.args;
const node = await openBenchNode({ databaseUrl: databaseUrl!, name });
const { system } = node;
const tallied = countTurns(system.diagnostics, ({ kind }) => kind === tally.kind);

async function obey(task: ServerTask): Promise<Omit<ServerAnswer, "children">> {
  switch (task.task) {
    case "jobs":
      return await measureWithCpu(task.jobs);
    case "finish": {
      const count = countTurns(system.diagnostics);
      await count.reaches(task.turns);
      count.end();
      return {};
    }
    case "tally": {
      const count = countTurns(system.diagnostics, ({ kind }) => kind === tally.kind);
      const command = () => ({
        to: tally.at("demo", system.createId()),
        message: "add",
        payload: { by: 1 },
        fresh: true,
      });
      await Promise.all([tellMany(system, task.actors, command), count.reaches(task.actors)]);
      count.end();
      return {};
    }
    case "mail": {
      let sent = 0;
      const command = () => ({ to: tally.at("demo", `a${sent++ % task.actors}`), message: "add", payload: { by: 1 } });
      await tellMany(system, task.messages, command);
      return {};
    }
    case "turns":
      return { turns: tallied.turns };
    case "refuse": {
      const retried = Promise.withResolvers<void>();
      let left = task.actors;
      const end = system.diagnostics.observe(({ event }) => {
        if (event === "turn.retried" && --left === 0) retried.resolve();
      });
      const command = () => ({ to: refusing.at("demo", system.createId()), message: "try", payload: {}, fresh: true });
      await Promise.all([tellMany(system, task.actors, command), retried.promise]);
      end();
      return {};
    }
    case "pause":
      await system.control.pauseKind("demo", urgent.kind, deedOf("bench"));
      await tellMany(system, task.jobs, () => jobCommand(system, { type: urgent }));
      return {};
    case "pending":
      return { pending: system.health().pending };
    case "stop":
      await node.stop();
      return {};
  }
}

async function measureWithCpu(jobs: number): Promise<Omit<ServerAnswer, "children">> {
  const before = readStations();
  const pace = await measureJobs(system, jobs);
  if (before === null) return { pace };
  const cpuUs = [...perJob(before, readStations()!, jobs).values()].reduce((sum, us) => sum + us, 0);
  return { pace, cpuUs };
}

function answer(to: Omit<ServerAnswer, "children">): void {
  const text: ServerAnswer = { ...to, children: [...node.children] };
  // deno-lint-ignore no-console -- its answers
  console.log(JSON.stringify(text));
}

answer({});
// A task that fails ends the process, and who gave it hears so; nobody waits for one when the input has ended.
await readLines(Deno.stdin.readable, (line) => void obey(JSON.parse(line)).then(answer), new AbortController());
Deno.exit(0);
