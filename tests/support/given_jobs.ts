import { jobTables } from "../../actors/job/tables.ts";
import type { JobStatus } from "../../actors/job/rows.ts";
import type { SqlValue } from "../../runtime/authoring.ts";
import type { Store, Write } from "../../runtime/store/contract.ts";
import { append, commit, entry, remove } from "./store_entries.ts";

/** A job to be written past any system; `id` is `job-INDEX` unless given. */
export interface GivenJob {
  readonly id?: string;
  readonly type: string;
  readonly status: JobStatus;
  readonly createdAt: number;
  readonly durationMs: number;
  /** With which it fails, if it does. */
  readonly error: string;
  readonly batch?: string | null;
}

const STARTED_AFTER_MS = 10;

/** Takes the jobs in, and then lets those start and end that have. */
export async function writeJobs(store: Store, tenant: string, jobs: readonly GivenJob[]): Promise<void> {
  const accepted = jobs.map(({ id, type, createdAt, batch = null }, index) => {
    const key = id ?? `job-${index}`;
    return append({ tenant, kind: type, key, dueAt: createdAt, enqueuedAt: createdAt, batch }, {
      fresh: true,
      recorded: true,
    });
  });
  const { appended } = await commit(store, entry({ tenant, writes: accepted }));
  const writes = jobs.flatMap((job, index): Write[] => {
    const { kind, key, dueAt } = accepted[index]!.message;
    const place = appended[index]!;
    const seq = "seq" in place ? place.seq : 0;
    return lifeOf(job, key).concat(
      job.status === "queued" || job.status === "running"
        ? []
        : [{ ...remove({ tenant, kind, key, dueAt, seq }), recorded: true }],
    );
  });
  await commit(store, entry({ tenant, writes }));
}

function lifeOf({ type, status, createdAt, durationMs, error }: GivenJob, id: string): Write[] {
  const row = (write: string, args: Readonly<Record<string, SqlValue>>): Write => ({
    write: "row",
    row: { tables: jobTables.name, write, args: { id, type, ...args } },
  });
  const startedAt = createdAt + STARTED_AFTER_MS;
  if (status === "queued") return [];
  if (status === "running") return [row("started", { attempts: 1, startedAt })];
  return [row("finished", {
    status,
    attempts: 1,
    crashes: 0,
    startedAt,
    finishedAt: startedAt + durationMs,
    result: null,
    error: status === "failed" ? JSON.stringify({ code: "handler-failed", message: error }) : null,
  })];
}
