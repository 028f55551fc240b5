import type { CreateHost } from "../support/host_rig.ts";
import { aloneContract } from "./host_contract/alone.ts";
import { concurrencyContract } from "./host_contract/concurrency.ts";
import { deadlineContract } from "./host_contract/deadlines.ts";
import { anyDeliveryContract, deliveryContract } from "./host_contract/deliveries.ts";
import { isolationContract } from "./host_contract/isolation.ts";
import { questionContract } from "./host_contract/questions.ts";
import { requestContract } from "./host_contract/requests.ts";
import { rogueContract } from "./host_contract/rogues.ts";

/** What an implementation can do beyond the contract's core. */
export interface HostTraits {
  /** Handlers run in workers with permissions of their own; what they do to their isolate costs only that. */
  readonly isolates: boolean;
}

/**
 * Registers a test for every promise of `runtime/host/contract.ts`; `hostOf` answers how to create a host with so many
 * workers. Workers are dear to start, and a second one matters only to what turns do to each other.
 */
export function hostContract(name: string, hostOf: (workers: number) => CreateHost, traits: HostTraits): void {
  const [small, large] = [hostOf(1), hostOf(2)];
  deliveryContract(name, small);
  anyDeliveryContract(name, large);
  requestContract(name, small);
  concurrencyContract(name, large);
  deadlineContract(name, small);
  questionContract(name, small);
  aloneContract(name, large);
  if (!traits.isolates) return;
  isolationContract(name, small);
  rogueContract(name, large);
}
