import type { Registry } from "../actor/registry.ts";
import type { Environment } from "../actor/setting.ts";
import { type Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { CreateId } from "../core/ids.ts";
import { createDueTimer, type DueTimer } from "../mailbox/due_timer.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import { builtInsOf, upsertBuiltIns } from "../schedule/built_in.ts";
import type { Schedules } from "../schedule/contract.ts";
import type { SchedulePorts } from "../schedule/ports.ts";
import { createSchedules } from "../schedule/schedules.ts";
import { scheduleTables } from "../schedule/tables.ts";
import { createTicking } from "../schedule/ticking.ts";
import type { StoreEntry, StoreReads } from "../store/contract.ts";
import type { Commands } from "./commands.ts";
import type { Commits } from "./commits.ts";
import { createServicePorts } from "./service_ports.ts";
import type { Telling } from "./telling.ts";

/** The schedules of a node: what people ask of them, and the timer that looks when the next is due. */
export interface Scheduling {
  readonly schedules: Schedules;
  /**
   * Looks at once, after it has made what the kinds declare, and then whenever something is due; nothing on a node that runs
   * no turns.
   */
  start(): void;
  /** Looks when this instant is reached, if not earlier. */
  expect(instant: number): void;
  /** What other nodes have made: about once a second. */
  refresh(): Promise<void>;
  stop(): void;
}

export interface SchedulingParts {
  readonly registry: Registry;
  readonly env?: Environment | undefined;
  readonly read: StoreReads;
  readonly commits: Commits;
  readonly commands: Commands;
  readonly telling: Telling;
  /** @throws {RuntimeError} why it is refused, or why commands are not taken now */
  readonly command: (entry: StoreEntry) => Promise<void>;
  /** @throws {RuntimeError} `stopping` */
  readonly mustTakeCommands: () => void;
  readonly clock: Clock;
  readonly createId: CreateId;
  readonly diagnostics: Diagnostics;
  /** Tenants whose schedules wait. */
  readonly held: ReadonlySet<string>;
  readonly runsTurns: boolean;
  /** Of several nodes one looks at once, and the others after {@linkcode BEHIND_MS}: they find it done. */
  readonly leads: () => boolean;
}

/** So much later do nodes look that do not lead: so the one that does has no rivals, unless it is slow or dead. */
const BEHIND_MS = 250;

/** @throws {RuntimeError} `invalid-config` when a kind declares a schedule that can never be due */
export function createScheduling(parts: SchedulingParts): Scheduling {
  const { command, mustTakeCommands, clock, diagnostics, runsTurns } = parts;
  const declared = builtInsOf(parts.registry.kinds.values(), clock.now(), parts.env);
  let timer: DueTimer | null = null;
  const expect = (instant: number) => timer?.expect(instant + (parts.leads() ? 0 : BEHIND_MS));
  const ports: SchedulePorts = createServicePorts(parts);
  const look = createTicking({ ports, held: parts.held, diagnostics });
  const schedules = createSchedules({
    expect,
    ports: {
      ...ports,
      async send(...asked) {
        mustTakeCommands();
        await ports.send(...asked);
      },
      commit: command,
    },
  });
  return {
    schedules,
    expect,
    start() {
      if (!runsTurns) return;
      let isMade = false;
      let isDelayed = false;
      timer = createDueTimer(clock, async () => {
        try {
          if (!isMade) await upsertBuiltIns(declared, ports);
          isMade = true;
          const nextAt = await look();
          isDelayed = false;
          return nextAt === null || parts.leads() ? nextAt : nextAt + BEHIND_MS;
        } catch (thrown) {
          if (!isDelayed && !isStopping(thrown)) {
            diagnostics.tell({ event: "ticks.delayed", error: (thrown as Error).message });
          }
          isDelayed = true;
          throw thrown;
        }
      });
      timer.expect(clock.now());
    },
    async refresh() {
      if (timer === null) return;
      const first = await ports.read("system", scheduleTables.queries.first, {});
      if (first !== null) expect(first.nextAt!);
    },
    stop: () => timer?.stop(),
  };
}

function isStopping(thrown: unknown): boolean {
  return thrown instanceof RuntimeError && thrown.code === "stopping";
}
