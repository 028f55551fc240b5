import { systemClock } from "../../runtime/core/clock.ts";
import { createProcessHost } from "../../runtime/host/process_host.ts";
import { HostRig } from "./host_rig.ts";
import { registry } from "./registry/host_registry.ts";

/** A program that lives for its process host until somebody kills it; its only line says the child's pid. */
const rig = await HostRig.start((events) =>
  createProcessHost({
    workerUrl: import.meta.resolve("./registry/host_worker.ts"),
    registry,
    workers: 1,
    memoryMb: 64,
    configUrl: import.meta.resolve("../deno.json"),
    sourceUrls: [],
    env: Deno.env.toObject(),
    clock: systemClock,
    events,
  })
);
const { pid } = await rig.notice("child-started");
rig.tell({ kind: "rogue", key: "one" }, "spin", { ms: 600_000 });
await Deno.stdout.write(new TextEncoder().encode(`${pid}\n`));
