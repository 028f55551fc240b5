import type { FetchCall, Fetched } from "../actor/outcome.ts";
import { RuntimeError } from "../core/errors.ts";
import { JoinedSignal } from "../core/joined_signal.ts";
import { type Broker, type Egress, isUserGiven } from "./egress.ts";

/** What one broker is given: under way and waiting. */
export interface EgressLimits {
  readonly atOnce: number;
  readonly waiting: number;
  /** Characters of the bodies that wait. */
  readonly waitingChars: number;
}

export const EGRESS_LIMITS: EgressLimits = { atOnce: 64, waiting: 512, waitingChars: 16 * 1024 * 1024 };

/** The broker of the upstreams of these names, and whether it drops what it gets. */
export interface MailBroker {
  readonly names: readonly string[];
  readonly drops: boolean;
  readonly broker: Broker;
}

/**
 * Brokers behind one door, each with a bound of its own: slow webhooks or mail servers do not hold up the upstreams' calls.
 */
export function createEgress(
  { upstreams, userAddresses, mail = null, limits = EGRESS_LIMITS }: {
    upstreams: Broker;
    userAddresses: Broker;
    mail?: MailBroker | null;
    limits?: EgressLimits;
  },
): Egress {
  const [declared, given] = [new BoundedBroker(upstreams, limits), new BoundedBroker(userAddresses, limits)];
  const letters = mail === null ? declared : new BoundedBroker(mail.broker, limits);
  const brokerOf = (call: FetchCall) => {
    if (isUserGiven(call)) return given;
    return mail?.names.includes(call.upstream!) ? letters : declared;
  };
  return {
    fetch: async (call, signal) => await brokerOf(call).call(call, signal),
    drops: mail?.drops ? mail.names : [],
    stop: async () => void await Promise.all([...new Set([declared, given, letters])].map((broker) => broker.stop())),
  };
}

interface Waiting {
  readonly chars: number;
  start(): void;
}

/** Lets `atOnce` calls through; the others wait in the order in which they came. */
class BoundedBroker implements Broker {
  readonly #broker: Broker;
  readonly #limits: EgressLimits;
  readonly #stopping = new AbortController();
  readonly #waiting = new Set<Waiting>();
  #waitingChars = 0;
  #underWay = 0;

  constructor(broker: Broker, limits: EgressLimits) {
    this.#broker = broker;
    this.#limits = limits;
  }

  async call(call: FetchCall, turnSignal: AbortSignal): Promise<Fetched> {
    using joined = new JoinedSignal([turnSignal, this.#stopping.signal]);
    const { signal } = joined;
    signal.throwIfAborted();
    if (this.#underWay < this.#limits.atOnce) this.#underWay++;
    else await this.#turn(call.body?.length ?? 0, signal);
    try {
      return await this.#broker.call(call, signal);
    } finally {
      this.#leave();
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort(
      new RuntimeError("stopping", "The node is stopping: the call was not made", { retryable: true }),
    );
    await this.#broker.stop();
  }

  /** Resolves when there is room, which is the caller's then. */
  #turn(chars: number, signal: AbortSignal): Promise<void> {
    const { waiting, waitingChars } = this.#limits;
    if (this.#waiting.size >= waiting || this.#waitingChars + chars > waitingChars) {
      throw new RuntimeError(
        "overloaded",
        `${this.#waiting.size} calls to the outside wait already: call again later`,
        {
          retryable: true,
        },
      );
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(own);
        this.#waitingChars -= chars;
        signal.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        leave();
        reject(signal.reason);
      };
      const own: Waiting = {
        chars,
        start() {
          leave();
          resolve();
        },
      };
      this.#waiting.add(own);
      this.#waitingChars += chars;
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Hands the room on to whoever waits longest. */
  #leave(): void {
    const next = this.#waiting.values().next().value;
    if (next === undefined) this.#underWay--;
    else next.start();
  }
}
