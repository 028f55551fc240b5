/** Five fields in a time zone, or an interval from when it was made. */
export type ScheduleTiming =
  | { readonly cron: string; readonly timeZone: string }
  /** At least 1,000. */
  | { readonly everyMs: number };

/**
 * A schedule that comes with a kind: each instant sends a message to an actor of it in the tenant `system`. People can
 * disable it, and that stays so; they cannot change it otherwise.
 */
export interface KindSchedule<M extends string = string> {
  /** Kebab-case, at most 100 characters; unique over all kinds. */
  readonly name: string;
  /** `env`: the variable of the environment that may say another interval, in ms. */
  readonly timing: ScheduleTiming | { readonly everyMs: number; readonly env: string };
  /** Variables of the environment without which there is no such schedule: its work could not be done. */
  readonly needs?: readonly string[];
  /** Of the actor; null: a new one each time. */
  readonly key: string | null;
  readonly message: M;
  readonly payload: unknown;
  /** What becomes of missed instants; the latest is sent by default. */
  readonly catchUp?: "all" | "latest" | "skip";
  /** 1-1,000; 100 by default. */
  readonly catchUpLimit?: number;
  /** 0 by default. */
  readonly jitterMs?: number;
}
