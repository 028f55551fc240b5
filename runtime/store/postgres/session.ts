import type { Answer, NamedQuery } from "./driver.ts";

/** What a connection of the driver has to offer; it sends what it is given at once, and answers in order. */
export interface Driver {
  query(query: NamedQuery): Promise<Answer>;
  query(text: string): Promise<Answer>;
  end(): Promise<void>;
  readonly connection?: { readonly stream: Stream };
}

interface Stream {
  cork(): void;
  uncork(): void;
  destroy(): void;
}

/** Text that the connection prepares under a name when it is run for the first time. */
export interface SqlStatement {
  readonly name: string;
  readonly text: string;
}

/** What stands in a statement's places; arrays as {@linkcode texts} and the like write them. */
export type SqlArgument = string | number | null | Uint8Array;

let named = 0;

/** Its places are $1, $2...; columns are told by their order. */
export function statement(text: string): SqlStatement {
  return { name: `w${++named}`, text };
}

/** Sent, and waited for in the end. */
export interface Sent {
  readonly answer: Promise<Answer>;
}

/**
 * The writer's connection. What is sent goes together, and is executed in order; nobody waits in between. Once a statement
 * has failed in a transaction the server refuses those behind it, so what `answered` throws is the first one's.
 */
export class Session {
  readonly #driver: Driver;
  #sent: Promise<Answer>[] = [];
  #isCorked = false;
  /** The connection is gone, as somebody has noticed. */
  isLost = false;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** To be waited for with `answered`. */
  send({ name, text }: SqlStatement, values: readonly SqlArgument[]): Sent {
    return this.#note(() => this.#driver.query({ name, text, values: values as unknown[], rowMode: "array" }));
  }

  /** `begin` and the like. */
  say(text: string): Sent {
    return this.#note(() => this.#driver.query(text));
  }

  /** Waits for all that was sent; answers the last one's answer. @throws what the first of them failed with */
  async answered(): Promise<void> {
    const sent = this.#sent;
    this.#sent = [];
    this.#uncork();
    const failed = (await Promise.allSettled(sent)).find(({ status }) => status === "rejected");
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }

  /** At once, whatever is under way; who waits for an answer hears of it. */
  drop(): void {
    this.#driver.connection?.stream.destroy();
    this.#driver.end().catch(() => {});
  }

  async end(): Promise<void> {
    await this.#driver.end();
  }

  #note(send: () => Promise<Answer>): Sent {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#driver.connection?.stream.cork();
    }
    const answer = send();
    // It is looked at later, and with the others.
    answer.catch(() => {});
    this.#sent.push(answer);
    return { answer };
  }

  #uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#driver.connection?.stream.uncork();
  }
}
