import type { JobRow } from "../../actors/job/rows.ts";
import type { RowWrite } from "../../runtime/actor/journal.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import type { NewMessage } from "../../runtime/store/contract.ts";

/** The tables of jobs as far as routes reach them. */
export interface JobsSimulator {
  readonly rows: Map<string, JobRow>;
  /** A job of which only its message tells. */
  add(message: NewMessage): void;
  /** @throws {RuntimeError} `conflict` as the real writes do */
  apply(tenant: string, row: RowWrite): void;
  // deno-lint-ignore no-explicit-any -- stands in for queries of every shape
  query(tenant: string, query: { name: string }, args: any): Promise<any>;
}

const BLANK = { progress: null, result: null, error: null, lastError: null, startedAt: null, finishedAt: null };
const UNFINISHED = ["queued", "running"];

export function simulateJobs(): JobsSimulator {
  const rows = new Map<string, JobRow>();
  const mustBe = (fits: boolean, write: string) => {
    if (!fits) throw new RuntimeError("conflict", `job.${write} found no row that it may change`);
  };
  return {
    rows,
    add(message) {
      const { tenant, key: id, kind: type, by: createdBy, enqueuedAt: createdAt, dueAt: runAt } = message;
      const { maxAttempts, priority, payload, timeoutMs, dedupeKey, batch: batchId } = message;
      const given = { maxAttempts, priority, payload, timeoutMs, dedupeKey, batchId, createdBy, createdAt, runAt };
      rows.set(id, { ...BLANK, ...given, tenant, id, type, status: "queued", run: 1, attempts: 0, crashes: 0 });
    },
    apply(tenant, { write, args }) {
      const id = String(args.id);
      const known = rows.get(id);
      const before = known?.tenant === tenant ? known : undefined;
      if (write === "requeued") {
        mustBe(before !== undefined && before.run === args.run && !UNFINISHED.includes(before.status), write);
        const run = before!.run + 1;
        rows.set(id, { ...before!, ...BLANK, ...args, status: "queued", run, attempts: 0, crashes: 0 } as JobRow);
      } else if (write === "discarded") {
        mustBe(before?.status === "failed", write);
        rows.delete(id);
      }
    },
    query(tenant, { name }, args) {
      const mine = [...rows.values()].filter((job) => job.tenant === tenant).sort((a, b) => a.id < b.id ? 1 : -1);
      const failed = mine.filter(({ status }) => status === "failed")
        .map((job) => ({
          ...job,
          lastAttempt: job.error && JSON.stringify({ ...JSON.parse(job.error), stack: "at x" }),
        }))
        .sort((a, b) => b.finishedAt! - a.finishedAt!);
      const answers: Record<string, () => unknown> = {
        byId: () => mine.find(({ id }) => id === args.id) ?? null,
        failedById: () => failed.find(({ id }) => id === args.id) ?? null,
        failed: () =>
          failed.filter((job) =>
            (args.type ?? job.type) === job.type &&
            (args.before === undefined || job.finishedAt! < args.before.finishedAt ||
              (job.finishedAt === args.before.finishedAt && job.id < args.before.id))
          ).slice(0, args.limit),
        attempts: () => [],
        input: () => null,
        page: () =>
          mine.filter((job) =>
            (args.status?.includes(job.status) ?? true) && (args.type ?? job.type) === job.type &&
            (args.before === undefined || job.id < args.before) &&
            job.createdAt >= (args.createdFrom ?? 0) && job.createdAt < (args.createdUntil ?? Infinity)
          ).slice(0, args.limit),
      };
      return Promise.resolve(answers[name]!());
    },
  };
}
