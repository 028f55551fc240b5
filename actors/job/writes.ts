import { type Kysely, sql } from "kysely";
import { type Declare, engineOf } from "../../runtime/authoring.ts";
import type { AttemptRow, JobRow, JobsDatabase, MailRow } from "./rows.ts";

/** Which job: the key of its message, and its type. */
type JobName = Pick<JobRow, "id" | "type">;
type JobEnd =
  & Pick<JobRow, "status" | "attempts" | "crashes" | "result" | "error">
  & { readonly startedAt: number | null; readonly finishedAt: number };
/** What a record says beside what it takes from the message. */
type Said = Partial<
  Pick<JobRow, "status" | "runAt" | "attempts" | "crashes" | "progress" | "lastError"> & Omit<JobEnd, "status">
>;

/** What is written of jobs. A record is made with the first thing that is to be said of the job beyond its message. */
// deno-lint-ignore explicit-module-boundary-types -- the arguments' types stand with each write
export function jobWrites({ write, writeMany }: Declare<JobsDatabase>) {
  return {
    /** An actor has told the job, under a key of its own making: refused where there is a record of that key. */
    told: write<Omit<JobRow, "tenant" | "status" | "run" | "attempts" | "crashes" | Finish>>(
      (db, job) =>
        db.insertInto("jobRecords").values({
          tenant: job.tenant,
          id: job.id,
          type: job.type,
          status: "queued",
          run: 1,
          attempts: 0,
          crashes: 0,
          maxAttempts: job.maxAttempts,
          priority: job.priority,
          payload: job.payload,
          timeoutMs: job.timeoutMs,
          dedupeKey: job.dedupeKey,
          batchId: job.batchId,
          createdBy: job.createdBy,
          createdAt: job.createdAt,
          runAt: job.runAt,
        }),
    ),
    /** `run`: the one that is over. Without it a second retry of the same run would go through when a third has ended. */
    requeued: write<Pick<JobRow, "id" | "run" | "runAt" | "maxAttempts" | "priority">>(
      (db, job) =>
        db.updateTable("jobRecords")
          .set((eb) => ({
            status: "queued",
            run: eb("run", "+", 1),
            attempts: 0,
            crashes: 0,
            runAt: job.runAt,
            maxAttempts: job.maxAttempts,
            priority: job.priority,
            startedAt: null,
            finishedAt: null,
            progress: null,
            result: null,
            error: null,
            lastError: null,
          }))
          .where("tenant", "=", job.tenant).where("id", "=", job.id).where("run", "=", job.run)
          .where("status", "in", ["succeeded", "failed", "cancelled"]),
      { whenUnchanged: "conflict" },
    ),
    started: write<JobName & { attempts: number; startedAt: number }>(
      (db, job) =>
        recordOf(db, job, { status: "running", attempts: job.attempts, startedAt: job.startedAt })
          .onConflict((conflict) =>
            conflict.columns(["tenant", "id"])
              .doUpdateSet({ status: "running", attempts: job.attempts, startedAt: job.startedAt })
              .where("jobRecords.status", "=", "queued")
          ),
    ),
    progressed: write<JobName & { progress: string }>(
      (db, job) =>
        recordOf(db, job, { status: "queued", attempts: 0, progress: job.progress })
          .onConflict((conflict) =>
            conflict.columns(["tenant", "id"]).doUpdateSet({ progress: job.progress })
              .where("jobRecords.status", "in", ["queued", "running"])
          ),
    ),
    retrying: write<JobName & { attempts: number; runAt: number; lastError: string | null }>(
      (db, job) =>
        recordOf(db, job, { status: "queued", attempts: job.attempts, runAt: job.runAt, lastError: job.lastError })
          .onConflict((conflict) =>
            conflict.columns(["tenant", "id"]).doUpdateSet((eb) => ({
              status: "queued",
              attempts: job.attempts,
              runAt: job.runAt,
              lastError: eb.fn.coalesce(eb.val(job.lastError), "jobRecords.lastError"),
            }))
          ),
      { whenUnchanged: "conflict" },
    ),
    finished: writeMany<JobName & JobEnd>((db, jobs) =>
      records(db, jobs, ["status", "attempts", "crashes", "startedAt", "finishedAt", "result", "error"])
        .onConflict((conflict) =>
          conflict.columns(["tenant", "id"]).doUpdateSet((eb) => ({
            status: eb.ref("excluded.status"),
            attempts: eb.ref("excluded.attempts"),
            crashes: eb.ref("excluded.crashes"),
            startedAt: eb.fn.coalesce("excluded.startedAt", "jobRecords.startedAt"),
            finishedAt: eb.ref("excluded.finishedAt"),
            result: eb.ref("excluded.result"),
            error: eb.ref("excluded.error"),
          }))
        )
    ),
    /** Of one that succeeded at once and without a word the record is enough, see the view `attempts`. */
    attempted: write<Omit<AttemptRow, "tenant" | "run">>(
      (db, attempt) =>
        db.insertInto("jobAttempts")
          .columns(["tenant", "jobId", "run", "attempt", "startedAt", "finishedAt", "outcome", "error", "lines"])
          .expression((eb) =>
            eb.selectFrom("jobRecords").where("tenant", "=", attempt.tenant).where("id", "=", attempt.jobId)
              .select((row) => [
                "tenant",
                "id",
                "run",
                row.val(attempt.attempt).as("attempt"),
                row.val(attempt.startedAt).as("startedAt"),
                row.val(attempt.finishedAt).as("finishedAt"),
                row.val(attempt.outcome).as("outcome"),
                row.val(attempt.error).as("error"),
                row.val(attempt.lines).as("lines"),
              ])
          )
          .onConflict((conflict) =>
            conflict.columns(["tenant", "jobId", "run", "attempt"]).doUpdateSet((eb) => ({
              startedAt: eb.ref("excluded.startedAt"),
              finishedAt: eb.ref("excluded.finishedAt"),
              outcome: eb.ref("excluded.outcome"),
              error: eb.ref("excluded.error"),
              lines: eb.ref("excluded.lines"),
            }))
          ),
    ),
    /** Before a new run takes the record: an attempt that stood only there gets its row. */
    attemptKept: write<{ id: string }>((db, { tenant, id }) =>
      db.insertInto("jobAttempts")
        .columns(["tenant", "jobId", "run", "attempt", "startedAt", "finishedAt", "outcome", "error", "lines"])
        .expression((eb) =>
          eb.selectFrom("attempts").selectAll().where("tenant", "=", tenant).where("jobId", "=", id)
            .where("outcome", "=", sql.lit("succeeded"))
        )
        .onConflict((conflict) => conflict.doNothing())
    ),
    /** A failed job goes for good, and with it what the two that follow remove. */
    discarded: write<{ id: string }>(
      (db, { tenant, id }) =>
        db.deleteFrom("jobRecords").where("tenant", "=", tenant).where("id", "=", id).where("status", "=", "failed"),
      { whenUnchanged: "conflict" },
    ),
    attemptsDiscarded: write<{ id: string }>(
      (db, { tenant, id }) => db.deleteFrom("jobAttempts").where("tenant", "=", tenant).where("jobId", "=", id),
    ),
    inputDiscarded: write<{ id: string }>(
      (db, { tenant, id }) => db.deleteFrom("jobInputs").where("tenant", "=", tenant).where("jobId", "=", id),
    ),
    given: write<{ jobId: string; blob: string }>((db, { tenant, jobId, blob }) =>
      db.insertInto("jobInputs").values({ tenant, jobId, blob })
    ),
  };
}

type Finish = "startedAt" | "finishedAt" | "progress" | "result" | "error" | "lastError";

// deno-lint-ignore explicit-function-return-type -- Kysely's own
function recordOf(db: Kysely<JobsDatabase>, { tenant, id, type }: JobName & { tenant: string }, said: Said) {
  return records(db, [{ tenant, id, type, ...said }], Object.keys(said) as (keyof Said)[]);
}

/**
 * Makes records out of jobs' messages and of what is said of each under these names; none of a job whose message has left
 * the mailbox.
 */
// deno-lint-ignore explicit-function-return-type -- Kysely's own
function records(
  db: Kysely<JobsDatabase>,
  jobs: readonly (JobName & Said & { tenant: string })[],
  names: readonly (keyof Said)[],
) {
  const isPostgres = engineOf(db) === "postgres";
  // Postgres takes a value that nobody says the type of for a text.
  const value = isPostgres
    ? (job: Said, name: keyof Said) => sql`cast(${job[name]} as ${sql.raw(NUMBERS.includes(name) ? "bigint" : "text")})`
    : (job: Said, name: keyof Said) => job[name];
  const values = jobs.map((job) =>
    sql`(${sql.join([job.tenant, job.type, job.id, ...names.map((name) => value(job, name))])})`
  );
  // A column of `values` is named by its place, from 1 on: first come the three that say whose record it is.
  const column = (place: number) => sql.ref<string>(`said.column${place}`);
  const taken = names.includes("runAt") ? TAKEN : [...TAKEN, ["runAt", "readyAt"] as const];
  const isTheirs = sql`tenant = ${column(1)} and kind = ${column(2)} and key = ${column(3)}`;
  // However few messages Postgres believes there are, it has to look each up by its key.
  const mail = isPostgres
    ? sql<MailRow>`lateral (select * from messages where ${isTheirs} offset 0)`
    : sql<MailRow>`messages`;
  return db.insertInto("jobRecords")
    .columns([...taken.map(([column]) => column), "run", ...names])
    .expression((eb) =>
      eb.selectFrom([sql`(values ${sql.join(values)})`.as("said"), mail.as("messages")])
        .where("tenant", "=", column(1)).where("kind", "=", column(2)).where("key", "=", column(3))
        .select((row) => [
          ...taken.map(([column, from]) => row.ref(from).as(column)),
          sql.lit(1).as("run"),
          ...names.map((name, index) => column(index + 4).as(name)),
        ])
    );
}

const NUMBERS: readonly (keyof Said)[] = ["runAt", "attempts", "crashes", "startedAt", "finishedAt"];

/** The columns of a record that say what the message does, and where they stand there. */
const TAKEN = [
  ["tenant", "tenant"],
  ["id", "key"],
  ["type", "kind"],
  ["maxAttempts", "maxAttempts"],
  ["priority", "priority"],
  ["payload", "payload"],
  ["timeoutMs", "timeoutMs"],
  ["dedupeKey", "dedupeKey"],
  ["batchId", "batch"],
  ["createdBy", "sender"],
  ["createdAt", "enqueuedAt"],
] as const;
