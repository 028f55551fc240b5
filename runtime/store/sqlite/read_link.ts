import { RuntimeError } from "../../core/errors.ts";
import type { ActorSight, ActorsPage, DeadLetter, DeadLettersPage } from "../contract.ts";
import type { QueryCall } from "./bound_query.ts";
import type { ReadWorkerRequest } from "./read_worker.ts";
import { WorkerPort } from "./worker_port.ts";

interface Source {
  readonly path: string;
  readonly registryUrl: string;
}

/** The main thread's side of the read worker. One that has died is replaced when the next query comes. */
export class ReadLink {
  readonly #source: Source;
  #running: { readonly port: WorkerPort; readonly opened: Promise<unknown> } | undefined;
  #closed = false;

  constructor(source: Source) {
    this.#source = source;
    this.#start();
  }

  async query(query: QueryCall): Promise<string> {
    return await this.#ask({ ask: "query", query }) as string;
  }

  async actors(page: ActorsPage): Promise<readonly ActorSight[]> {
    return await this.#ask({ ask: "actors", page }) as ActorSight[];
  }

  async deadLetters(page: DeadLettersPage): Promise<readonly DeadLetter[]> {
    return await this.#ask({ ask: "deadLetters", page }) as DeadLetter[];
  }

  close(): void {
    this.#closed = true;
    this.#running?.port.terminate();
  }

  async #ask(request: ReadWorkerRequest): Promise<unknown> {
    if (this.#closed) throw new RuntimeError("stopping", "The store is closed");
    const { port, opened } = this.#running ?? this.#start();
    await opened;
    return await port.call(request);
  }

  #start(): { readonly port: WorkerPort; readonly opened: Promise<unknown> } {
    const port = new WorkerPort(new URL("./read_worker.ts", import.meta.url), {
      name: "mailroom-reader",
      deathError: (reason) => new RuntimeError("internal", `The read worker has died: ${reason}`, { retryable: true }),
      onDeath: () => this.#forget(port),
    });
    const opened = port.call({ ask: "open", ...this.#source } satisfies ReadWorkerRequest);
    opened.catch(() => this.#forget(port));
    this.#running = { port, opened };
    return this.#running;
  }

  #forget(port: WorkerPort): void {
    port.terminate();
    if (this.#running?.port === port) this.#running = undefined;
  }
}
