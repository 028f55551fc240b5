export type JobStatus = "queued" | "running" | "succeeded" | "failed" | "cancelled";
export type AttemptOutcome = "succeeded" | "failed" | "cancelled" | "snoozed";

/**
 * A job, as the view `jobs` shows it. While it is queued and nothing else is to be said of it, the row of its message in
 * the mailbox is all there is of it on the disk; when it ends, or before, when an attempt lasts, fails or makes progress,
 * it gets a record. Instants are ms since the epoch; `progress`, `result`, `error` and `lastError` are JSON text. */
export interface JobRow {
  tenant: string;
  id: string;
  type: string;
  status: JobStatus;
  /** 1, and one more for each retry that a person asked for. */
  run: number;
  attempts: number;
  /** Of the run that is over: how many attempts hung or took their process down. */
  crashes: number;
  maxAttempts: number;
  priority: number;
  payload: string;
  timeoutMs: number;
  dedupeKey: string | null;
  /** The batch that it is counted in. */
  batchId: string | null;
  createdBy: string;
  createdAt: number;
  runAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  progress: string | null;
  result: string | null;
  error: string | null;
  lastError: string | null;
}

/** A job of a list. Payloads may have a megabyte each, and nobody looks at them there. */
export type ListedJob = Omit<JobRow, "payload">;

/** A job that was given up. `lastAttempt` is the error of its last attempt, with the stack, as JSON text. */
export interface FailedJobRow extends JobRow {
  finishedAt: number;
  error: string;
  lastAttempt: string | null;
}

/** One execution of a job. `error` is JSON text, `lines` a JSON array. */
export interface AttemptRow {
  tenant: string;
  jobId: string;
  run: number;
  attempt: number;
  startedAt: number;
  finishedAt: number;
  outcome: AttemptOutcome;
  error: string | null;
  lines: string;
}

/** The blob that was given to a job; it goes when the job does. */
export interface JobInputRow {
  tenant: string;
  jobId: string;
  blob: string;
}

/** What a job without a record is, as the mailbox has it. */
export interface MailRow
  extends Pick<JobRow, "tenant" | "crashes" | "maxAttempts" | "priority" | "payload" | "timeoutMs" | "dedupeKey"> {
  kind: string;
  key: string;
  sender: string;
  enqueuedAt: number;
  readyAt: number;
  batch: string | null;
  /** 1 for jobs. */
  recorded: number;
}

/** Views `jobs` and `attempts` are for reading; an attempt that succeeded at once and logged nothing is only in its view. */
export interface JobsDatabase {
  jobs: JobRow;
  attempts: AttemptRow;
  jobRecords: JobRow;
  jobAttempts: AttemptRow;
  jobInputs: JobInputRow;
  messages: MailRow;
}
