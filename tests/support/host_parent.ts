/**
 * A program that lives for its process host until somebody kills it, signals or not. It has two children: the current one,
 * whose handlers spin and hold memory, and one in which a suspect spins. Its first line says their pids; from then on each
 * line of its input is a turn that it asks of the current child, and each line of its output that turn's result.
 */
import { HostRig } from "./host_rig.ts";
import { processHost } from "./host_process.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => {});

const rig = await HostRig.start(processHost({ memoryMb: 512 }));
const current = await rig.notice("child-started");
const holding = rig.tell({ kind: "rogue", key: "hold" }, "hold", { mib: 100 });
await rig.request(holding);
rig.tell({ kind: "rogue", key: "spin" }, "spin", { ms: 600_000 }, 600_000);
rig.host.deliver([{
  ...rig.delivery({ kind: "rogue", key: "lone" }, [["spin", { ms: 600_000 }, 600_000]]),
  alone: "possible",
}]);
const lone = await rig.notice("child-started", ({ pid }) => pid !== current.pid);
await rig.recorder.first("The start of what is alone", (one) => one.heard === "started" ? one : undefined);
await say([current.pid, lone.pid]);
for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  await say(await rig.result(rig.tell({ key: line }, "echo", { text: line.trim() })));
}

async function say(value: unknown): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}
