import type { Host, HostEvents } from "../../runtime/host/contract.ts";
import { type CreateHost, HostRig } from "./host_rig.ts";
import { replaced } from "./replaced.ts";

/** Registers a promise of a host; its rig is at a host that has nothing to do. */
export type PromiseOfHost = (name: string, keeps: (rig: HostRig) => Promise<void>) => void;

/**
 * Registers a test with a step for each promise, all at one host, since starting one is most of what a short promise costs.
 * For those that leave the host as it was, with every turn ended. What is left in the end is looked at once, of all of them.
 */
export function onOneHost(
  title: string,
  createHost: CreateHost,
  declare: (promise: PromiseOfHost) => void,
): void {
  Deno.test(title, async (test) => {
    const lent = new LentHost(createHost);
    await lent.host.start();
    const steps: Deno.TestStepDefinition[] = [];
    declare((name, keeps) => {
      const fn = async () => {
        await using rig = lent.rig();
        await keeps(rig);
        await rig.allEnded();
      };
      // The host's own timers come and go meanwhile.
      steps.push({ name, fn, sanitizeOps: false, sanitizeResources: false });
    });
    try {
      for (const step of steps) await test.step(step);
    } finally {
      await lent.host.stop();
    }
  });
}

/** A host that tells each rig in its turn, and is not stopped with it. */
class LentHost {
  readonly host: Host;
  #events: HostEvents | null = null;
  #turns = 0;

  constructor(createHost: CreateHost) {
    this.host = createHost({
      outcomes: (told) => this.#events?.outcomes(told),
      requests: (told) => this.#events?.requests(told),
      live: (told) => this.#events?.live(told),
      started: (told) => this.#events?.started(told),
      lost: (told) => this.#events?.lost(told),
      notice: (told) => this.#events?.notice(told),
    });
  }

  rig(): HostRig {
    const rig = new HostRig((events) => {
      this.#events = events;
      return replaced(this.host, { stop: () => Promise.resolve(void (this.#turns = rig.turns)) });
    }, this.#turns);
    return rig;
  }
}
