import type { Permissions } from "../actor/kind.ts";
import type { LiveNote, TurnRequest } from "../actor/outcome.ts";
import type { AnswerHead } from "./answer_heads.ts";
import type { ErrandHead } from "./errand.ts";
import type { HostNotice, LostTurn } from "./contract.ts";
import type { MemoryBounds } from "./memory_bounds.ts";
import type { HostTiming } from "./timing.ts";

/** What a child needs to know of its work; the first frame it gets. */
export interface ChildSetup {
  readonly workerUrl: string;
  readonly workers: number;
  readonly childLane: number;
  readonly timing: HostTiming;
  /** It runs one delivery at a time. */
  readonly isLone: boolean;
  readonly memory: MemoryBounds;
  readonly kinds: readonly { readonly kind: string; readonly permissions: Permissions | null }[];
}

/** What a process host says to its child. The text of `work` is that of the errands, line by line, of `answers` their values. */
export type ServerFrame =
  | { readonly frame: "setup"; readonly setup: ChildSetup }
  | { readonly frame: "work"; readonly heads: readonly ErrandHead[]; readonly text?: string }
  | { readonly frame: "cancel"; readonly turn: number }
  | { readonly frame: "answers"; readonly heads: readonly AnswerHead[]; readonly text?: string }
  /** How far the server's monotonic clock is ahead of the child's, at most. */
  | { readonly frame: "ahead"; readonly ms: number }
  /** Take no more work and hand back what has not begun. */
  | { readonly frame: "drain" };

/**
 * What a child says. The text of `outcomes` is JSON, an array of them.
 * - `suspects`: these turns, and no others, may be executing, since about now.
 * - `heavy`: it is above its soft memory bound. `full`: above the hard one; it ends itself if nobody does.
 * - `stuck`: a worker is; it takes no more work and wants to be killed once what runs has ended.
 */
export type ChildFrame =
  /** `at`: by the child's monotonic clock. */
  | { readonly frame: "ready"; readonly at: number }
  | { readonly frame: "failed"; readonly message: string }
  | { readonly frame: "beat"; readonly at: number }
  | { readonly frame: "outcomes"; readonly text?: string }
  | { readonly frame: "started"; readonly turns: readonly { readonly turn: number; readonly startedAt: number }[] }
  | { readonly frame: "live"; readonly notes: readonly LiveNote[] }
  | { readonly frame: "requests"; readonly requests: readonly TurnRequest[] }
  | { readonly frame: "lost"; readonly turns: readonly LostTurn[] }
  | { readonly frame: "notice"; readonly notice: HostNotice }
  | { readonly frame: "suspects"; readonly turns: readonly number[] }
  | { readonly frame: "heavy" }
  | { readonly frame: "full"; readonly turns: readonly number[] }
  | { readonly frame: "stuck" };
