import type { CreateHost } from "../support/host_rig.ts";
import { aloneContract } from "./host_contract/alone.ts";
import { concurrencyContract } from "./host_contract/concurrency.ts";
import { deadlineContract } from "./host_contract/deadlines.ts";
import { deliveryContract } from "./host_contract/deliveries.ts";
import { isolationContract } from "./host_contract/isolation.ts";
import { questionContract } from "./host_contract/questions.ts";
import { requestContract } from "./host_contract/requests.ts";
import { rogueContract } from "./host_contract/rogues.ts";

/** What an implementation can do beyond the contract's core. */
export interface HostTraits {
  /** Handlers run in workers with permissions of their own; what they do to their isolate costs only that. */
  readonly isolates: boolean;
}

/** Registers a test for every promise of `runtime/host/contract.ts`. */
export function hostContract(name: string, createHost: CreateHost, traits: HostTraits): void {
  deliveryContract(name, createHost);
  requestContract(name, createHost);
  concurrencyContract(name, createHost);
  deadlineContract(name, createHost);
  questionContract(name, createHost);
  aloneContract(name, createHost);
  if (!traits.isolates) return;
  isolationContract(name, createHost);
  rogueContract(name, createHost);
}
