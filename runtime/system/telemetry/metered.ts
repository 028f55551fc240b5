import type { Meter } from "@opentelemetry/api";
import type { Diagnostics } from "../../observe/diagnostics.ts";

/** Counts the loop: what is taken in, how turns, commits and calls end, and how long they take. By kind, never by tenant. */
export function countWithMeter(diagnostics: Diagnostics, meter: Meter): void {
  const counter = (name: string, description: string) => meter.createCounter(`mailroom.${name}`, { description });
  const seconds = (name: string, description: string) =>
    meter.createHistogram(`mailroom.${name}`, { description, unit: "s" });
  const accepted = counter("messages.accepted", "Messages taken in");
  const turns = counter("turns", "Turns that ended, by how");
  const duration = seconds("turn.duration", "From the start of a turn to its end");
  const waited = seconds("turn.wait", "From when a message could run to its start");
  const commits = seconds("commit.duration", "Time of one commit");
  const calls = seconds("fetch.duration", "Calls to the outside, by how they ended");
  const ticks = counter("ticks", "Instants of schedules, by what became of them");
  diagnostics.observe((told) => {
    switch (told.event) {
      case "message.accepted":
        return accepted.add(1, { kind: told.kind });
      case "turn.committed":
        turns.add(1, { kind: told.kind, outcome: "committed" });
        duration.record(told.durationMs / 1_000, { kind: told.kind });
        return waited.record(told.waitedMs / 1_000, { kind: told.kind });
      case "turn.retried":
        return turns.add(1, { kind: told.kind, outcome: "retried" });
      case "message.dead-lettered":
        return turns.add(1, { kind: told.kind, outcome: "given-up" });
      case "batch.committed":
        return commits.record(told.durationMs / 1_000);
      case "fetch.ended":
        return calls.record(told.durationMs / 1_000, {
          upstream: told.upstream,
          outcome: told.code ?? `${Math.floor(told.status! / 100)}xx`,
        });
      case "tick.sent":
        return ticks.add(1, { outcome: "sent" });
      case "tick.refused":
        return ticks.add(1, { outcome: "refused" });
    }
  });
}
