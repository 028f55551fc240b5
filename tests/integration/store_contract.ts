import type { OpenStore } from "../support/opened_store.ts";
import { blobContract } from "./store_contract/blobs.ts";
import { claimContract } from "./store_contract/claims.ts";
import { headContract } from "./store_contract/heads.ts";
import { lastingContract } from "./store_contract/lasting.ts";
import { logContract } from "./store_contract/log.ts";
import { mailboxContract } from "./store_contract/mailboxes.ts";
import { queryContract } from "./store_contract/queries.ts";
import { stateContract } from "./store_contract/states.ts";
import { sweepContract } from "./store_contract/sweeps.ts";

/** Registers a test for every promise of `runtime/store/contract.ts`. */
export function storeContract(name: string, openStore: OpenStore): void {
  mailboxContract(name, openStore);
  headContract(name, openStore);
  claimContract(name, openStore);
  logContract(name, openStore);
  stateContract(name, openStore);
  blobContract(name, openStore);
  queryContract(name, openStore);
  sweepContract(name, openStore);
  lastingContract(name, openStore);
}
