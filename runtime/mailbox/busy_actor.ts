import type { Message } from "../actor/message.ts";
import type { Lane } from "./lane.ts";

/** One that is at the host, or whose turns are on their way to the disk. */
export interface BusyActor {
  readonly lane: Lane;
  readonly alone: boolean;
  /** The newest offer. */
  next: Message | null;
  /** Behind which it may go on; null when it must not. */
  last: Message | null;
  landed: boolean;
  parked: boolean;
}
