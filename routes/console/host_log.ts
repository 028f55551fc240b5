import type { Clock, Diagnostic, Diagnostics } from "../../runtime/mod.ts";

const KEPT = 50;

/** Something that happened to a process or worker in which turns run. */
export interface HostEvent {
  /** Ms since the epoch. */
  readonly at: number;
  readonly status: "ready" | "failed" | "waiting";
  readonly text: string;
}

/** The newest 50 of this node, first the newest; and the processes that live. */
export interface HostLog {
  events(): readonly HostEvent[];
  living(): readonly { readonly pid: number; readonly startedAt: number; readonly what: string }[];
}

export function createHostLog({ diagnostics, clock }: { diagnostics: Diagnostics; clock: Clock }): HostLog {
  const events: HostEvent[] = [];
  const living = new Map<number, { readonly startedAt: number; readonly what: string }>();
  diagnostics.observe((diagnostic) => {
    const told = tellOf(diagnostic);
    if (told === null) return;
    const at = clock.now();
    events.unshift({ at, ...told });
    if (events.length > KEPT) events.pop();
    if (diagnostic.event === "child.started") living.set(diagnostic.pid, { startedAt: at, what: "turns" });
    if (diagnostic.event === "broker.started") living.set(diagnostic.pid, { startedAt: at, what: diagnostic.reach });
    if ((diagnostic.event === "child.lost" || diagnostic.event === "broker.lost") && diagnostic.pid !== null) {
      living.delete(diagnostic.pid);
    }
  });
  return {
    events: () => events,
    living: () => [...living].map(([pid, rest]) => ({ pid, ...rest })),
  };
}

function tellOf(diagnostic: Diagnostic): Omit<HostEvent, "at"> | null {
  switch (diagnostic.event) {
    case "child.started":
      return { status: "ready", text: `Process ${diagnostic.pid} started in ${Math.round(diagnostic.startMs)} ms` };
    case "child.lost":
      return {
        status: "failed",
        text: `Process ${diagnostic.pid} lost with ${diagnostic.lost} turns: ${diagnostic.reason}`,
      };
    case "worker.replaced":
      return { status: "waiting", text: `A worker replaced, ${diagnostic.lost} turns with it: ${diagnostic.reason}` };
    case "broker.started":
      return { status: "ready", text: `Broker ${diagnostic.pid} for ${diagnostic.reach} addresses started` };
    case "broker.lost":
      return { status: "failed", text: `Broker for ${diagnostic.reach} addresses lost: ${diagnostic.reason}` };
    default:
      return null;
  }
}
