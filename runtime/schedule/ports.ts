import type { TellOptions } from "../actor/message.ts";
import type { Address } from "../actor/address.ts";
import type { RowWrite } from "../actor/journal.ts";
import type { BoundQuery } from "../actor/tables.ts";
import type { CreateId } from "../core/ids.ts";
import type { StoreEntry } from "../store/contract.ts";

/** A message that a tick sends. */
export interface ScheduledCommand extends Pick<TellOptions, "delayMs"> {
  readonly to: Address;
  readonly message: string;
  readonly payload: unknown;
  readonly messageId: string;
  /** The key was made up for it. */
  readonly fresh: boolean;
}

/** What schedules need of the node. */
export interface SchedulePorts {
  /** Of committed rows; one row on the main thread, several away from it. */
  readonly read: <A extends object, R>(tenant: string, query: BoundQuery<A, R>, args: A) => Promise<R>;
  /**
   * Accepts messages of one tenant together with rows, in one commit.
   * @throws {RuntimeError} as `System.tell`, `conflict` and `constraint` when a row refuses
   */
  readonly send: (
    commands: readonly ScheduledCommand[],
    how: { readonly by: string; readonly rows: readonly RowWrite[] },
  ) => Promise<void>;
  /** @throws {RuntimeError} why it is refused, or why nothing is written now */
  readonly commit: (entry: StoreEntry) => Promise<void>;
  /** Whether a message would be taken, but for what is full. @throws {RuntimeError} as `System.tell` */
  readonly check: (command: ScheduledCommand) => void;
  readonly createId: CreateId;
  readonly now: () => number;
}
