import { importJob } from "../../actors/import/import_job.ts";
import type { ImportResult, ImportState } from "../../actors/import/schemas.ts";
import type { Delivery, Ending, Outcome } from "../../runtime/actor/outcome.ts";
import { createRegistry } from "../../runtime/actor/registry.ts";
import { runTurn } from "../../runtime/actor/turn.ts";
import type { Clock } from "../../runtime/core/clock.ts";
import { LIMITS } from "../../runtime/core/limits.ts";
import { seededRandom } from "../../runtime/core/random.ts";

/** What the import's tables would hold, by key and by line. */
export interface Imported {
  readonly rows: ReadonlyMap<string, { readonly data: unknown; readonly revision: number; readonly line: number }>;
  readonly rejects: ReadonlyMap<number, { readonly reason: string; readonly raw: string }>;
  readonly result: ImportResult | null;
  readonly ending: Ending;
  /** The states at the commit points of all attempts, in order. */
  readonly states: readonly ImportState[];
}

export interface ImportCourse {
  readonly file: Uint8Array;
  /** How much of the file a read gives. */
  readonly chunkBytes?: number;
  /** One attempt for each: it dies at this commit point, the first is 1, which is on disk or, with `lost`, is not. */
  readonly deaths?: readonly { readonly atCommitPoint: number; readonly lost: boolean }[];
  /** The signal aborts when this commit point is on disk. */
  readonly abortAtCommitPoint?: number;
}

/** Imports a file as a host would, over as many attempts as die and one more, and commits what they report. */
export async function runImport(
  payload: { dataset?: string; key?: string; format?: "csv" | "ndjson" },
  { file, chunkBytes = 64 * 1024, deaths = [], abortAtCommitPoint }: ImportCourse,
): Promise<Imported> {
  const rows = new Map<string, { data: unknown; revision: number; line: number }>();
  const rejects = new Map<number, { reason: string; raw: string }>();
  const states: ImportState[] = [];
  let state: string | null = null;
  let last: Outcome | undefined;
  for (const death of [...deaths, null]) {
    const outcomes = await attempt(payload, {
      file,
      chunkBytes,
      state,
      diesAt: death?.atCommitPoint,
      abortsAt: abortAtCommitPoint,
    });
    if (death !== null && outcomes.at(-1)?.ending.end === "failed") {
      outcomes.pop();
      if (death.lost) outcomes.pop();
    }
    for (const { changes } of outcomes) {
      checkSize(changes);
      for (const { write, args } of changes?.rows ?? []) {
        if (write === "rejected") {
          rejects.set(Number(args.line), { reason: String(args.reason), raw: String(args.raw) });
        } else {
          const revision = (rows.get(String(args.key))?.revision ?? 0) + 1;
          rows.set(String(args.key), { data: JSON.parse(String(args.data)), revision, line: Number(args.line) });
        }
      }
      state = changes?.state ?? state;
      if (changes?.state !== undefined) states.push(JSON.parse(changes.state));
    }
    last = outcomes.at(-1);
    if (last?.ending.end === "done") break;
  }
  const ending = last!.ending;
  return { rows, rejects, states, ending, result: ending.end === "done" ? JSON.parse(ending.result) : null };
}

/** The outcomes that one attempt reports, the last one included. */
async function attempt(
  payload: { dataset?: string; key?: string; format?: "csv" | "ndjson" },
  course: {
    file: Uint8Array;
    chunkBytes: number;
    state: string | null;
    diesAt: number | undefined;
    abortsAt: number | undefined;
  },
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const envelope = {
    turn: 1,
    messageId: "01TEST0000000000000000MSG1",
    name: "run",
    version: 1,
    payload: JSON.stringify(importJob.messages.run.parse({ dataset: "people", blob: "file", ...payload })),
    by: "test",
    attempt: 1,
    timeoutMs: importJob.timeoutMs,
    attemptMs: 0,
  };
  const delivery: Delivery = {
    tenant: "test",
    kind: importJob.kind,
    key: "job",
    state: course.state,
    stateVersion: 1,
    envelopes: [envelope],
  };
  let commitPoints = 0;
  const stopping = new AbortController();
  await runTurn(importJob, {
    delivery,
    envelope,
    state: { text: course.state, version: 1 },
    startedAt: 0,
  }, {
    clock: stoppedClock,
    random: seededRandom(1),
    registry: createRegistry([importJob]),
    signal: stopping.signal,
    async request(_turn, wanted) {
      await Promise.resolve();
      if (wanted.want === "blob") {
        return JSON.stringify(course.file.subarray(wanted.fromByte, wanted.fromByte + course.chunkBytes).toBase64());
      }
      if (++commitPoints === course.diesAt) throw new Error("the host died");
      if (commitPoints === course.abortsAt) stopping.abort(new Error("stopping"));
      return "null";
    },
    live: () => {},
    report: (outcome) => void outcomes.push(outcome),
  });
  return outcomes;
}

/** The draft counts as it collects; this counts again what it let through. */
function checkSize(changes: Outcome["changes"]): void {
  const rows = changes?.rows ?? [];
  const chars = rows.reduce((sum, { args }) => sum + JSON.stringify(args).length, changes?.state?.length ?? 0);
  if (rows.length > LIMITS.outcomeRows / 2) throw new Error(`A commit point has ${rows.length} rows`);
  if (chars > LIMITS.outcomeBytes * 0.75) throw new Error(`A commit point has ${chars} characters`);
}

const stoppedClock: Clock = { now: () => 0, monotonic: () => 0, after: () => () => {} };
