import type { AnyKind } from "../actor/kind.ts";
import type { Message } from "../actor/message.ts";
import type { LaneName, SharedStore, StoreReads } from "../store/contract.ts";
import type { Run } from "./lane.ts";
import type { Room } from "./room.ts";

/** Decides which ready message goes to the host next; `dispatcher.ts` says how. */
export interface Dispatcher {
  /** Finds what waited in the store from an earlier life. */
  start(): Promise<void>;
  /** The head of a mailbox is ready. */
  offer(head: Message): void;
  /** The host has ended all turns of the actor; what they did is not yet committed. */
  land(address: string): void;
  /** A commit makes the head of a busy actor wait: what was offered of it before that is not ready after all. */
  postponed(address: string): void;
  /** All turns of the actor that have landed succeeded: what is behind them may follow, ahead of their commits. */
  goOn(address: string): void;
  /** It may not after all: what was to follow and is not at the host yet stays here. */
  stay(address: string): void;
  /** Messages of a busy actor have left the store. */
  handled(address: string, handled: Run): void;
  /**
   * What the actor's turns did is committed. `postponed` waits for its next attempt (unless it was offered since), `again`
   * come back unhandled.
   */
  release(address: string, end: { postponed: Message | null; again: Run }): void;
  /** Keeps the actor away from the host until the answer is called; `removed` are messages that have left the store. */
  hold(address: string): (removed: readonly string[]) => void;
  /** The store keeps the actor's mail back from now on, until it offers some again; what runs of it may end. */
  park(address: string): void;
  /** Of the lane nothing is started until `resume`; what runs may end. */
  pause(lane: LaneName): void;
  resume(lane: LaneName): void;
  /** The tenant is held no more: what waits of it may start. */
  letGo(tenant: string): void;
  /** The lane may have ready heads of which nothing was told here. */
  expect(lane: LaneName): void;
  /** The head of a mailbox is ready and has no owner yet. */
  unowned(head: Message): void;
  /**
   * Gives some of what waits here away, where that is more than is soon done: resolves when `disown` has, which gets the
   * addresses and resolves when no commit from before can make any of them this node's.
   */
  shed(disown: (addresses: readonly string[]) => Promise<void>): Promise<void>;
  /** Nothing waits here, and there is room. */
  readonly idle: boolean;
  /** Further ready heads that this node would have now, when it may deliver; see `Duties`. */
  readonly appetite: number;
  /** Ready heads that wait here. */
  readonly waiting: number;
  /** Addresses of the busy actors. */
  busy(): string[];
  /** Nothing that waits here, or nothing of one tenant, is this node's any more; what is busy stays. */
  forget(tenant?: string): void;
  isBusy(address: string): boolean;
  /** Delivers what there is room for. */
  pump(): void;
  /** Nothing is delivered while `stopped`; one message of an actor at a time while `careful`, of few actors, and `alone`, of one. */
  setState(state: DispatchState): void;
}

export type DispatchState = "running" | "careful" | "alone" | "stopped";

export interface DispatcherOptions {
  readonly read: StoreReads;
  /** Of a store that several nodes share: ready heads are claimed before they are delivered. */
  readonly claims?: Pick<SharedStore, "claimable" | "claim"> | undefined;
  /** Asked before each round of deliveries, for what nobody tells in time; always by default. */
  readonly mayDeliver?: () => boolean;
  readonly now: () => number;
  readonly room: Room;
  readonly kindOf: (kind: string) => AnyKind | undefined;
  readonly weightOf: (tenant: string) => number;
  /** At most as many actors of one tenant at the host at once; the room's share when that is less. */
  readonly tenantLimitOf: (tenant: string) => number;
  /** Tenants of whom nothing is started, as they are now; one that is taken out is told by `letGo`. None by default. */
  readonly held?: ReadonlySet<string>;
  /** A suspect: it goes alone, and takes none of the room. */
  readonly runsAlone: (message: Message) => boolean;
  /** `address` is that of the actor: one whose turns have landed and are not committed yet goes on with this run. */
  readonly deliver: (run: Run, how: { address: string; alone: boolean }) => void;
  readonly onReadFailed: (error: unknown) => void;
}
