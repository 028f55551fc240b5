import type { OpenStore } from "../support/opened_store.ts";
import { actorsContract } from "./store_contract/actors.ts";
import { behindContract } from "./store_contract/behind.ts";
import { blobContract } from "./store_contract/blobs.ts";
import { claimContract } from "./store_contract/claims.ts";
import { counterContract } from "./store_contract/counters.ts";
import { controlContract } from "./store_contract/control.ts";
import { deadLetterContract } from "./store_contract/dead_letters.ts";
import { erasingContract } from "./store_contract/erasing.ts";
import { headContract } from "./store_contract/heads.ts";
import { lastingContract } from "./store_contract/lasting.ts";
import { logContract } from "./store_contract/log.ts";
import { logPropertyContract } from "./store_contract/log_property.ts";
import { manyRowsContract } from "./store_contract/many_rows.ts";
import { mailboxContract } from "./store_contract/mailboxes.ts";
import { nextBatchContract } from "./store_contract/next_batches.ts";
import { queryContract } from "./store_contract/queries.ts";
import { stateContract } from "./store_contract/states.ts";
import { supervisionContract } from "./store_contract/supervision.ts";
import { parkingContract } from "./store_contract/parking.ts";
import { lifeContract } from "./store_contract/lives.ts";
import { sweepContract } from "./store_contract/sweeps.ts";

/** Registers a test for every promise of `runtime/store/contract.ts`. */
export function storeContract(name: string, openStore: OpenStore): void {
  mailboxContract(name, openStore);
  behindContract(name, openStore);
  headContract(name, openStore);
  claimContract(name, openStore);
  counterContract(name, openStore);
  logContract(name, openStore);
  logPropertyContract(name, openStore);
  stateContract(name, openStore);
  manyRowsContract(name, openStore);
  blobContract(name, openStore);
  queryContract(name, openStore);
  parkingContract(name, openStore);
  supervisionContract(name, openStore);
  controlContract(name, openStore);
  deadLetterContract(name, openStore);
  actorsContract(name, openStore);
  lifeContract(name, openStore);
  sweepContract(name, openStore);
  erasingContract(name, openStore);
  lastingContract(name, openStore);
  nextBatchContract(name, openStore);
}
