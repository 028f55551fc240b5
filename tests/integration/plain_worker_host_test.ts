import { systemClock } from "../../runtime/core/clock.ts";
import type { HostEvents } from "../../runtime/host/contract.ts";
import { hasWebLocks } from "../../runtime/host/web_lock.ts";
import { createWorkerHost } from "../../runtime/host/worker_host.ts";
import { TEST_TIMING } from "../support/host_timing.ts";
import { registry } from "../support/registry/host_registry.ts";
import { hostContract } from "./host_contract.ts";
import { rogueContract } from "./host_contract/rogues.ts";

Deno.env.set("MAILROOM_HOST_TEST", "seen");

/** As where `worker-options` cannot be turned on. */
const createHost = (events: HostEvents) =>
  createWorkerHost({
    workerUrl: import.meta.resolve("../support/registry/host_worker.ts"),
    registry,
    workers: 2,
    permissions: "inherited",
    clock: systemClock,
    events,
    timing: TEST_TIMING,
  });

hostContract("workerHost without permissions of its own", createHost, { isolates: false });
// Where there are locks, worker_host_test.ts shows that such workers are noticed.
if (!hasWebLocks) rogueContract("workerHost without permissions of its own", createHost);
