import type { Address } from "../actor/address.ts";
import type { RowWrite } from "../actor/journal.ts";
import type { BoundQuery } from "../actor/tables.ts";
import type { CreateId } from "../core/ids.ts";
import type { StoreEntry, StoreReads } from "../store/contract.ts";

/** A message that tells of an event. */
export interface SubscribedCommand {
  readonly to: Address;
  readonly message: string;
  readonly payload: unknown;
}

/** What subscriptions need of the node. */
export interface SubscriptionPorts {
  /** Of committed rows; one row on the main thread, several away from it. */
  readonly read: <A extends object, R>(tenant: string, query: BoundQuery<A, R>, args: A) => Promise<R>;
  readonly log: Pick<StoreReads, "events" | "logMark" | "logMarks" | "longLogs">;
  /**
   * Accepts messages of one tenant together with rows, in one commit.
   * @throws {RuntimeError} as `System.tell`, `conflict` and `constraint` when a row refuses
   */
  readonly send: (
    commands: readonly SubscribedCommand[],
    how: { readonly by: string; readonly rows: readonly RowWrite[] },
  ) => Promise<void>;
  /** @throws {RuntimeError} why it is refused, or why nothing is written now */
  readonly commit: (entry: StoreEntry) => Promise<void>;
  /** Whether a message would be taken, but for what is full. @throws {RuntimeError} as `System.tell` */
  readonly check: (command: SubscribedCommand) => void;
  readonly createId: CreateId;
  readonly now: () => number;
}
