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
