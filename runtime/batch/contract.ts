import type { Address } from "../actor/address.ts";
import type { Deed } from "../actor/journal.ts";

/** Children that were spawned together; what is written of them is read through `batchTables`. */
export interface Batches {
  /**
   * All children that have not ended are cancelled, those that come later as well, and those of batches that children have
   * begun: durable when it resolves, done soon after, whatever happens meanwhile. A second call changes nothing.
   * @throws {RuntimeError} `conflict` when there is no such batch, or all its children have ended
   */
  cancel(tenant: string, id: string, deed?: Deed): Promise<void>;
}

/** A batch as `ctx.spawn` begins one, of an actor whose children are known without a turn of it. */
export interface SpawnedBatch {
  /** From `createId`. */
  readonly id: string;
  /** Its children are of the same tenant, and sent by it. */
  readonly parent: Address;
  /** A message of the parent's kind, as the option of `ctx.spawn`. */
  readonly onAllDone: string;
  /** At least one. */
  readonly children: readonly Child[];
}

/** Of a kind with one message, which gets a key of its own. */
export interface Child {
  readonly kind: string;
  readonly payload: unknown;
}
