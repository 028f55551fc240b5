import assert from "node:assert/strict";
import type { LifeStep, LoggedEvent, NodesFacts, WrittenSegment } from "../e2e/nodes_facts.ts";
import { toldTwice } from "../e2e/nodes_facts.ts";
import { type Audience, judgeNodes, type NodesOracle } from "../e2e/nodes_judge.ts";
import { Findings } from "../e2e/torture_campaign.ts";
import { createOracle } from "../e2e/torture_load.ts";

/** What two lives have done of which the first has died; each test spoils one thing. */
interface Course {
  events: LoggedEvent[];
  segments: WrittenSegment[];
  lives: LifeStep[];
  oracle: NodesOracle;
  status: string;
  attempts: number;
  count: number;
  ids: number[];
  gaps: number;
  told: Map<number, string>;
  differing: string[];
}

function goodCourse(): Course {
  const note = (number: number, line: number): LoggedEvent => ({
    number,
    type: "diary.noted",
    subject: "diary/d0",
    data: JSON.stringify({ line, client: "c0", number: line - 1 }),
  });
  const events = [
    { number: 1, type: "job.queued", subject: "job/J1", data: "{}" },
    note(2, 1),
    { number: 3, type: "job.succeeded", subject: "job/J1", data: "{}" },
    note(4, 2),
    note(5, 3),
  ];
  return {
    events,
    segments: [
      { tenant: "demo", first: 1, last: 2, transaction: 100 },
      { tenant: "demo", first: 3, last: 4, transaction: 101 },
      { tenant: "demo", first: 5, last: 5, transaction: 103 },
    ],
    lives: [
      { place: 1, transaction: 100, generation: 1, ended: false },
      { place: 2, transaction: 101, generation: 1, ended: false },
      { place: 3, transaction: 102, generation: 1, ended: true },
      { place: 4, transaction: 103, generation: 2, ended: false },
    ],
    oracle: {
      ...createOracle(),
      ackedJobs: new Set(["J1"]),
      ackedAdds: new Map([["demo c0", 4]]),
      ackedNotes: new Map([["demo d0 c0", 3]]),
    },
    status: "succeeded",
    attempts: 1,
    count: 4,
    ids: [1, 2, 3, 4, 5],
    gaps: 0,
    told: new Map(events.map(({ number, type, subject }) => [number, JSON.stringify({ type, subject })])),
    differing: [],
  };
}

/** The checks that the course does not stand. */
function violated(spoil: (course: Course) => void): string[] {
  const course = goodCourse();
  spoil(course);
  const facts: NodesFacts = {
    kept: {
      jobs: new Map([["J1", { status: course.status, attempts: course.attempts, errors: [] }]]),
      twice: toldTwice(course.events),
      counts: new Map([["demo c0", course.count]]),
    },
    hookPayloads: [],
    events: new Map([["demo", course.events]]),
    segments: course.segments,
    lives: course.lives,
  };
  const audience: Audience = {
    tenant: "demo",
    logs: [{ ids: course.ids, gaps: course.gaps, cuts: 0 }],
    told: course.told,
    differing: course.differing,
  };
  const findings = new Findings();
  judgeNodes(facts, course.oracle, [audience], findings);
  return findings.all.filter((finding) => finding.violated > 0).map(({ check }) => check);
}

Deno.test("judgeNodes() finds nothing where all is as it should be", () => {
  assert.deepEqual(violated(() => {}), []);
});

const PLANTED: readonly { name: string; spoil: (course: Course) => void; finds: string }[] = [
  {
    name: "a commit of a life that was ended",
    spoil: ({ lives }) => void lives.push({ place: 5, transaction: 104, generation: 1, ended: false }),
    finds: "no life commits after its end",
  },
  {
    name: "events of a life that was ended",
    spoil: ({ lives }) => {
      lives[3] = { place: 4, transaction: 103, generation: 1, ended: false };
    },
    finds: "every commit is one of a life",
  },
  {
    name: "events that no life stands for",
    spoil: ({ lives }) => void lives.splice(1, 1),
    finds: "every commit is one of a life",
  },
  {
    name: "a job that is lost",
    spoil: ({ oracle }) => void oracle.ackedJobs.add("J2"),
    finds: "every acknowledged job is there",
  },
  {
    name: "a job that has not ended",
    spoil: (course) => void (course.status = "queued"),
    finds: "every acknowledged job has succeeded",
  },
  {
    name: "a job that a death has cost an attempt",
    spoil: (course) => void (course.attempts = 2),
    finds: "no job has lost an attempt",
  },
  {
    name: "a job that succeeds twice",
    spoil: ({ events }) => void (events[4] = { ...events[2]!, number: 5 }),
    finds: "no job has succeeded twice",
  },
  {
    name: "an addition that is lost",
    spoil: (course) => void course.count--,
    finds: "every counter is exact",
  },
  {
    name: "a turn upon an older state",
    spoil: ({ events }) => void (events[4] = noted(5, { line: 2, number: 2 })),
    finds: "a turn sees what the one before has left",
  },
  {
    name: "messages of one client out of order",
    spoil: ({ events }) => {
      events[1] = noted(2, { line: 1, number: 1 });
      events[3] = noted(4, { line: 2, number: 0 });
    },
    finds: "an actor handles what one client tells it once, in order",
  },
  {
    name: "a message that is handled twice",
    spoil: ({ events }) => void (events[4] = noted(5, { line: 3, number: 1 })),
    finds: "an actor handles what one client tells it once, in order",
  },
  {
    name: "a message that is lost",
    spoil: ({ oracle }) => void oracle.ackedNotes.set("demo d0 c0", 4),
    finds: "nothing that an actor was told is lost",
  },
  { name: "a hole in the log", spoil: ({ events }) => void events.splice(2, 1), finds: "the log has no hole" },
  {
    name: "an event that a reader misses",
    spoil: ({ ids }) => void ids.splice(2, 1),
    finds: "a reader sees each event once, in order",
  },
  {
    name: "an event that a reader sees twice",
    spoil: ({ ids }) => void ids.splice(2, 0, 2),
    finds: "a reader sees each event once, in order",
  },
  {
    name: "events that a reader sees out of order",
    spoil: ({ ids }) => void ids.splice(1, 2, 3, 2),
    finds: "a reader sees each event once, in order",
  },
  { name: "an end that a reader misses", spoil: ({ ids }) => void ids.pop(), finds: "a reader sees the end" },
  {
    name: "a gap that a reader is told of",
    spoil: (course) => void course.gaps++,
    finds: "no reader is told of a gap",
  },
  {
    name: "an event that is told otherwise than it is kept",
    spoil: ({ told }) => void told.set(3, JSON.stringify({ type: "job.failed", subject: "job/J1" })),
    finds: "readers are told what the log holds",
  },
  {
    name: "an event that two readers are told differently",
    spoil: ({ differing }) => void differing.push("3"),
    finds: "all readers are told the same",
  },
];

for (const { name, spoil, finds } of PLANTED) {
  Deno.test(`judgeNodes() finds ${name}`, () => {
    assert.ok(violated(spoil).includes(finds), `found only: ${violated(spoil).join(", ")}`);
  });
}

function noted(at: number, { line, number }: { line: number; number: number }): LoggedEvent {
  return { number: at, type: "diary.noted", subject: "diary/d0", data: JSON.stringify({ line, client: "c0", number }) };
}
