import { type ReaderLog } from "./event_reader.ts";
import type { LifeStep, LoggedEvent, NodesFacts } from "./nodes_facts.ts";
import { judgeReaders } from "./reader_judge.ts";
import type { Findings } from "./torture_campaign.ts";
import { judgeKept, type Oracle } from "./torture_load.ts";

/** What the clients of several nodes know, beside what those of one know. */
export interface NodesOracle extends Oracle {
  /** By tenant, diary and client: how many notes were answered 202; their numbers count from 0. */
  readonly ackedNotes: Map<string, number>;
}

/** Readers of one tenant's events, and what any of them was told under a number, as the first of them was. */
export interface Audience {
  readonly tenant: string;
  readonly logs: readonly ReaderLog[];
  /** By number: JSON of the event. */
  readonly told: ReadonlyMap<number, string>;
  /** What a reader was told otherwise than the first. */
  readonly differing: readonly string[];
}

/** The whole of what must hold when several nodes have shared a database. */
export function judgeNodes(
  facts: NodesFacts,
  oracle: NodesOracle,
  audiences: readonly Audience[],
  findings: Findings,
): void {
  judgeKept(facts.kept, oracle, { findings });
  judgeCommits(facts, findings);
  judgeDiaries(facts.events, oracle.ackedNotes, findings);
  for (const audience of audiences) judgeAudience(audience, facts.events.get(audience.tenant) ?? [], findings);
}

/** Every transaction that tells of something must hold the row of a life that is not over; one that is over makes no step. */
export function judgeCommits({ segments, lives }: Pick<NodesFacts, "segments" | "lives">, findings: Findings): void {
  const endedAt = new Map<number, number>();
  for (const { generation, ended, place } of lives) {
    if (ended) endedAt.set(generation, Math.min(place, endedAt.get(generation) ?? Infinity));
  }
  const isStale = ({ generation, ended, place }: LifeStep) => !ended && place > (endedAt.get(generation) ?? Infinity);
  findings.expectAll("no life commits after its end", lives, (step) => !isStale(step));
  const fenced = new Map<number, number>();
  for (const step of lives) {
    if (!step.ended && !isStale(step)) fenced.set(step.transaction, step.generation);
  }
  findings.expectAll("every commit is one of a life", segments, ({ transaction }) => fenced.has(transaction));
}

/** A diary's lines follow one another without a gap, and what a client tells it stands there once, in order. */
export function judgeDiaries(
  events: ReadonlyMap<string, readonly LoggedEvent[]>,
  ackedNotes: ReadonlyMap<string, number>,
  findings: Findings,
): void {
  const lines = new Map<string, number>();
  const numbers = new Map<string, number[]>();
  for (const [tenant, log] of events) {
    for (const { type, subject, data } of log) {
      if (type !== "diary.noted") continue;
      const diary = `${tenant} ${subject.replace(/^diary\//, "")}`;
      const { line, client, number } = JSON.parse(data) as { line: number; client: string; number: number };
      const before = lines.get(diary) ?? 0;
      findings.expect(
        "a turn sees what the one before has left",
        line === before + 1,
        () => `${diary}: line ${line} after ${before}`,
      );
      lines.set(diary, line);
      const from = `${diary} ${client}`;
      const known = numbers.get(from);
      if (known === undefined) numbers.set(from, [number]);
      else known.push(number);
    }
  }
  for (const [from, acked] of ackedNotes) {
    const noted = numbers.get(from) ?? [];
    const wrongAt = Array.from({ length: Math.max(acked, noted.length) }, (_, index) => index)
      .find((index) => noted[index] !== index);
    const seen = () => `${from}: ${noted.slice(Math.max(0, (wrongAt ?? 0) - 2), (wrongAt ?? 0) + 3)} at ${wrongAt}`;
    findings.expect("an actor handles what one client tells it once, in order", wrongAt === undefined, seen);
    findings.expect(
      "nothing that an actor was told is lost",
      noted.length >= acked,
      () => `${from}: ${noted.length} of ${acked}`,
    );
  }
}

function judgeAudience(
  { tenant, logs, told, differing }: Audience,
  events: readonly LoggedEvent[],
  findings: Findings,
): void {
  judgeReaders(logs, { last: events.at(-1)?.number ?? 0, events: events.length }, findings);
  findings.expect(
    "all readers are told the same",
    differing.length === 0,
    () => `${tenant}: ${differing.slice(0, 3).join("; ")}`,
  );
  for (const { number, type, subject } of events) {
    const text = told.get(number);
    if (text === undefined) continue;
    const event = JSON.parse(text) as { type: string; subject: string };
    findings.expect(
      "readers are told what the log holds",
      event.type === type && event.subject === subject,
      () => `${tenant} ${number}: ${type} of ${subject}, told as ${text}`,
    );
  }
}
