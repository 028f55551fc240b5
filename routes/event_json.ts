import type { FeedStep, StoredEvent } from "../runtime/mod.ts";

/** An event as streams tell it, without the braces around it; its number goes along in each stream's own way. */
export function eventMembers({ type, subject, at, data }: StoredEvent): string {
  return `"type":${JSON.stringify(type)},"subject":${JSON.stringify(subject)},"at":"${iso(at)}","data":${data}`;
}

/** Of the last instant that was asked for: events come in bursts of one millisecond. */
let written = { at: NaN, text: "" };

function iso(at: number): string {
  if (at !== written.at) written = { at, text: new Date(at).toISOString() };
  return written.text;
}

export type GapStep = Exclude<FeedStep, { step: "events" }>;

/** What a reader is told whose place in the log is no more, and the number from where it goes on. */
export function gapOf(step: GapStep): { readonly id: number; readonly told: Readonly<Record<string, unknown>> } {
  return step.step === "gap"
    ? { id: step.trimmedTo, told: { type: "gap", reason: "trimmed", trimmedTo: step.trimmedTo } }
    : { id: step.last, told: { type: "gap", reason: "future", last: step.last } };
}
