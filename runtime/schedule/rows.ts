/** A schedule as it is kept. Instants in ms since the epoch. */
export interface ScheduleRow {
  readonly tenant: string;
  readonly name: string;
  /** Another one whenever the row is written: who has read an older one changes nothing. */
  readonly revision: string;
  /** With its time zone, or null for an interval. */
  readonly cron: string | null;
  readonly timeZone: string | null;
  readonly everyMs: number | null;
  /** What an interval counts from. */
  readonly anchorAt: number;
  readonly kind: string;
  readonly key: string | null;
  readonly message: string;
  /** JSON text. */
  readonly payload: string;
  readonly catchUp: "all" | "latest" | "skip";
  readonly catchUpLimit: number;
  readonly jitterMs: number;
  /** 0 or 1, as is `builtIn`. */
  readonly enabled: number;
  readonly builtIn: number;
  readonly nextAt: number | null;
  /** The newest {@linkcode TickRow}, as JSON text of a `Tick`: it outlives the ledger's. */
  readonly last: string | null;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What a declaration says. */
export type DeclaredColumns = Pick<
  ScheduleRow,
  | ("cron" | "timeZone" | "everyMs")
  | ("kind" | "key" | "message" | "payload")
  | ("catchUp" | "catchUpLimit" | "jitterMs" | "enabled")
>;

/** A row of the ledger: what became of an instant. */
export interface TickRow {
  readonly tenant: string;
  readonly schedule: string;
  readonly instant: number;
  readonly at: number;
  readonly status: "sent" | "skipped" | "refused";
  readonly cause: "due" | "caught-up" | "asked";
  readonly by: string | null;
  readonly key: string | null;
  readonly messageId: string | null;
  readonly error: string | null;
}

/** A schedule that has a next instant. */
export interface DueRow {
  readonly tenant: string;
  readonly name: string;
  readonly nextAt: number;
}

export interface SchedulesDatabase {
  schedules: ScheduleRow;
  ticks: TickRow;
}
