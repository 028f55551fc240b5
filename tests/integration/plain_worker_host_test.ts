import { systemClock } from "../../runtime/core/clock.ts";
import type { HostEvents } from "../../runtime/host/contract.ts";
import { hasWebLocks } from "../../runtime/host/web_lock.ts";
import { createWorkerHost } from "../../runtime/host/worker_host.ts";
import { TEST_TIMING } from "../support/host_timing.ts";
import { registry } from "../support/registry/host_registry.ts";
import { hostContract } from "./host_contract.ts";
import { concurrencyContract } from "./host_contract/concurrency.ts";
import { deadlineContract } from "./host_contract/deadlines.ts";
import { anyDeliveryContract } from "./host_contract/deliveries.ts";
import { requestContract } from "./host_contract/requests.ts";
import { rogueContract } from "./host_contract/rogues.ts";

Deno.env.set("MAILROOM_HOST_TEST", "seen");

/** As where `worker-options` cannot be turned on. */
const hostOf = (workers: number) => (events: HostEvents) =>
  createWorkerHost({
    workerUrl: import.meta.resolve("../support/registry/host_worker.ts"),
    registry,
    workers,
    permissions: "inherited",
    clock: systemClock,
    events,
    timing: TEST_TIMING,
  });

const NAME = "workerHost without permissions of its own";

// Where there are locks, worker_host_test.ts shows that workers that hang are noticed.
if (hasWebLocks) {
  hostContract(NAME, hostOf, { isolates: false });
} else {
  // An older Deno: what the contract asks of the workers and timers beneath; the rest is the same code on both.
  requestContract(NAME, hostOf(1));
  anyDeliveryContract(NAME, hostOf(2));
  concurrencyContract(NAME, hostOf(2));
  deadlineContract(NAME, hostOf(1));
  rogueContract(NAME, hostOf(2));
}
