import type { Deed } from "../actor/journal.ts";
import type { ScheduleTiming } from "../actor/schedule.ts";

export type { ScheduleTiming } from "../actor/schedule.ts";

/**
 * What comes due by the clock.
 *
 * A schedule is a row; so is each instant that it had, in its ledger, with what became of it: the row (tenant, schedule,
 * instant) is unique and is committed together with the message that it sends, so an instant sends once, whatever dies and
 * however many nodes look. `nextAt` moves on in the same commit, and only from where it was read.
 *
 * Instants are computed from `nextAt`, never from when somebody looked, so a clock that jumps changes when, not which. What
 * was due for longer than `LATE_MS` (90 s) when it is looked at was missed (downtime, a jump ahead): then `catchUp` says which of
 * the missed instants are sent, in order, before the next one: `all` of them, the newest `catchUpLimit` when there are more;
 * the `latest`; or none (`skip`). The ledger holds the others as skipped, up to 1,000 of a time.
 *
 * `Deno.cron` and a timer of its own only say when to look.
 */
export interface Schedules {
  /**
   * @throws {RuntimeError} `conflict` when the tenant has one of this name, or a thousand; `invalid-message` for what can never
   * be due; and what `System.tell` would throw for its target, as far as that can be said now
   */
  create(tenant: string, declared: ScheduleDeclaration, deed?: Deed): Promise<Schedule>;
  /**
   * What is not said stays; a new cron or interval counts from now. A built-in one is enabled or disabled, and no more.
   * @throws {RuntimeError} `not-found`, `conflict`, and as `create`
   */
  change(tenant: string, name: string, changes: ScheduleChanges, deed?: Deed): Promise<Schedule>;
  /** With its ledger. @throws {RuntimeError} `not-found`; `conflict` for a built-in one */
  remove(tenant: string, name: string, deed?: Deed): Promise<void>;
  get(tenant: string, name: string): Promise<Schedule | null>;
  /** By name; `after` is the name that the page before ended with. */
  page(page: { readonly tenant: string; readonly after?: string | undefined; readonly limit: number }): Promise<
    readonly Schedule[]
  >;
  /** Sends now, beside its ticks, enabled or not. @throws {RuntimeError} `not-found`, and as `System.tell` */
  runNow(tenant: string, name: string, deed?: Deed): Promise<Tick>;
  /** The ledger, newest first; `before` is the instant that the page before ended with. */
  ticks(
    page: {
      readonly tenant: string;
      readonly name: string;
      readonly before?: number | undefined;
      readonly limit: number;
    },
  ): Promise<readonly Tick[]>;
  /** The next `count` instants that a declaration has from now on. @throws {RuntimeError} `invalid-message` */
  preview(timing: ScheduleTiming, count: number): readonly number[];
}

/** To whom a tick sends what. `key` null: to a new actor each time, as jobs are. */
export interface ScheduleTarget {
  readonly kind: string;
  readonly key: string | null;
  readonly message: string;
  readonly payload: unknown;
}

export interface ScheduleDeclaration {
  /** Kebab-case, at most 100 characters; unique in its tenant. */
  readonly name: string;
  readonly timing: ScheduleTiming;
  readonly target: ScheduleTarget;
  readonly catchUp: "all" | "latest" | "skip";
  /** 1-1,000. */
  readonly catchUpLimit: number;
  /** A message comes up to so much later than its instant; the ledger has the instant. At most half of what lies between two. */
  readonly jitterMs: number;
  readonly enabled: boolean;
}

export type ScheduleChanges = Partial<Omit<ScheduleDeclaration, "name">>;

/** Instants are ms since the epoch. */
export interface Schedule extends ScheduleDeclaration {
  readonly tenant: string;
  /** Declared by a kind: it can be disabled, and not removed. */
  readonly builtIn: boolean;
  /** Null when it is disabled. */
  readonly nextAt: number | null;
  readonly last: Tick | null;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/**
 * What became of an instant. `sent`: its message was accepted; `skipped`: missed, and its policy says so; `refused`: it was
 * not accepted, for the reason that `error` gives (an unknown kind, a full mailbox), and is not sent again.
 */
export interface Tick {
  readonly instant: number;
  /** When it was looked at. */
  readonly at: number;
  readonly status: "sent" | "skipped" | "refused";
  readonly cause: "due" | "caught-up" | "asked";
  /** Who asked; null where nobody did. */
  readonly by: string | null;
  /** Of the actor that was sent to; null unless sent. */
  readonly key: string | null;
  readonly messageId: string | null;
  readonly error: string | null;
}
