import { join } from "node:path";
import type { FetchCall, Fetched } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import { brokerCommand, type BrokerCommandOptions } from "./broker_command.ts";
import { BrokerLife } from "./broker_life.ts";
import type { Broker } from "./egress.ts";
import { timeoutOf, USER_TIMEOUT_MS } from "./within.ts";

export interface ProcessBrokerOptions extends BrokerCommandOptions {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
}

/** After a process that never became ready, calls fail for this long instead of starting one each. */
const PAUSE_MS = 1_000;

/** A broker in a process of its own. */
export function createProcessBroker(options: ProcessBrokerOptions): Broker {
  return new ProcessBroker(options);
}

/**
 * ```
 * idle ──call──► living ──its process ends──► idle
 *   └──stop()──────┴──────────stop()──────────► stopped
 * ```
 */
class ProcessBroker implements Broker {
  readonly #options: ProcessBrokerOptions;
  #folder: string | null = null;
  #life: BrokerLife | null = null;
  #lives = 0;
  #refusedUntil = -Infinity;
  #stopped = false;

  constructor(options: ProcessBrokerOptions) {
    this.#options = options;
  }

  async call(call: FetchCall, signal: AbortSignal): Promise<Fetched> {
    if (this.#stopped) {
      throw new RuntimeError("stopping", "The node is stopping: no calls are made", { retryable: true });
    }
    const life = this.#life ??= this.#begin();
    await life.ready;
    return await life.call(call, { timeoutMs: this.#timeoutOf(call), signal });
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#life?.kill("the node stops");
    await this.#life?.gone;
    if (this.#folder !== null) await Deno.remove(this.#folder, { recursive: true });
  }

  #begin(): BrokerLife {
    const { clock, diagnostics, setup } = this.#options;
    const begunAt = clock.monotonic();
    if (begunAt < this.#refusedUntil) throw cannotStart();
    this.#folder ??= Deno.makeTempDirSync({ prefix: "mailroom-egress-" });
    const socketPath = join(this.#folder, `${this.#lives++}.sock`);
    const life = this.#spawn(socketPath);
    const { reach } = setup;
    life.ready.then(
      () => diagnostics.tell({ event: "broker.started", reach, pid: life.pid, startMs: clock.monotonic() - begunAt }),
      () => this.#refusedUntil = clock.monotonic() + PAUSE_MS,
    );
    return life;
  }

  #spawn(socketPath: string): BrokerLife {
    const { clock, diagnostics, setup } = this.#options;
    try {
      const command = brokerCommand(socketPath, this.#options);
      const life: BrokerLife = new BrokerLife({
        socketPath,
        command,
        first: { frame: "setup", setup },
        clock,
        onGone: (reason) => {
          this.#life = null;
          if (!this.#stopped) diagnostics.tell({ event: "broker.lost", reach: setup.reach, pid: life.pid, reason });
        },
      });
      return life;
    } catch (cause) {
      this.#refusedUntil = clock.monotonic() + PAUSE_MS;
      const reason = `it cannot be spawned: ${(cause as Error).message}`;
      diagnostics.tell({ event: "broker.lost", reach: setup.reach, pid: null, reason });
      throw cannotStart();
    }
  }

  #timeoutOf(call: FetchCall): number {
    const upstream = this.#options.setup.upstreams.find(({ name }) => name === call.upstream);
    return timeoutOf(call, upstream?.timeoutMs ?? USER_TIMEOUT_MS);
  }
}

function cannotStart(): RuntimeError {
  return new RuntimeError("upstream-failed", "The process that makes calls to the outside cannot start", {
    retryable: true,
  });
}
