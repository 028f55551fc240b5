import { RuntimeError } from "../../core/errors.ts";
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
    if (this.#closed) throw new RuntimeError("stopping", "The store is closed");
    const { port, opened } = this.#running ?? this.#start();
    await opened;
    return await port.call({ ask: "query", query } satisfies ReadWorkerRequest) as string;
  }

  close(): void {
    this.#closed = true;
    this.#running?.port.terminate();
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
