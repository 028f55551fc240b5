import type { Registry } from "../../../runtime/authoring.ts";
import { registry as notes } from "./store_registry.ts";

/** Any message on this channel kills the threads that have loaded this module; the main thread alone is spared. */
export const DEATH_CHANNEL = "mailroom-test-death";

export const registry: Registry = notes;

if ("WorkerGlobalScope" in globalThis) {
  new BroadcastChannel(DEATH_CHANNEL).onmessage = () => {
    throw new Error("the thread is dead");
  };
}
