import { type CancelTimer, sleep, systemClock } from "../../core/clock.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { ActorSight, ActorsPage, DeadLetter, DeadLettersPage } from "../contract.ts";
import type { QueryCall } from "../declared_query.ts";
import { ConnectionCell } from "./connection_cell.ts";
import type { ReadWorkerRequest } from "./read_worker.ts";
import { type WorkerLink, WorkerPort } from "./worker_port.ts";

/** How long the end of a query is waited for: a part of the 5 s that the stop of a server has for all after its turns. */
const CLOSE_TIMEOUT_MS = 1_000;
/** Until then it would only compete with a server that starts; nobody waits for it, as the first query starts it too. */
const START_AFTER_MS = 1_000;

interface Source {
  readonly path: string;
  readonly registryUrl: string;
}

interface Running {
  readonly port: WorkerLink;
  readonly cell: ConnectionCell;
  readonly opened: Promise<unknown>;
}

/** Starts the thread that reads; `onDeath`: it answers no more. */
export type StartReader = (onDeath: () => void) => WorkerLink;

export function startReader(onDeath: () => void): WorkerLink {
  return new WorkerPort(new URL("./read_worker.ts", import.meta.url), {
    name: "mailroom-reader",
    deathError: (reason) => new RuntimeError("internal", `The read worker has died: ${reason}`, { retryable: true }),
    onDeath,
  });
}

/**
 * The main thread's side of the read worker, which is started a second after this, or when a query comes before. One that
 * has died is replaced when the next query comes. open → closed.
 */
export class ReadLink {
  readonly #source: Source;
  readonly #startReader: StartReader;
  readonly #cancelStart: CancelTimer;
  #running: Running | undefined;
  #closing: Promise<void> | undefined;

  constructor(source: Source, start: StartReader = startReader) {
    this.#source = source;
    this.#startReader = start;
    this.#cancelStart = systemClock.after(START_AFTER_MS, () => void (this.#running ?? this.#start()));
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

  /**
   * Resolves when the worker's connection is closed. It waits for the one query that runs, since nothing can interrupt that
   * and a connection left open would keep the log beside the file; what waits behind it is answered `stopping`. A worker
   * that still starts has no connection, and one that has died cannot answer: neither is waited for. A query that takes
   * longer than 1 s is given up: the log stays then, which loses nothing.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#cancelStart();
    if (this.#running === undefined) return;
    const { port, cell } = this.#running;
    if (cell.recall()) await this.#closed(port);
    port.terminate();
  }

  /** Resolves when the worker has answered that it has closed, cannot answer any more, or takes too long. */
  async #closed(port: WorkerLink): Promise<void> {
    const over = new AbortController();
    const answered = port.call({ ask: "close" } satisfies ReadWorkerRequest).catch(() => {});
    await Promise.race([answered, sleep(systemClock, CLOSE_TIMEOUT_MS, over.signal)]).finally(() => over.abort());
  }

  async #ask(request: ReadWorkerRequest): Promise<unknown> {
    if (this.#closing !== undefined) throw new RuntimeError("stopping", "The store is closed");
    const { port, opened } = this.#running ?? this.#start();
    await opened;
    return await port.call(request);
  }

  #start(): Running {
    const cell = new ConnectionCell();
    const port: WorkerLink = this.#startReader(() => this.#forget(port));
    const opened = port.call({ ask: "open", ...this.#source, shared: cell.shared } satisfies ReadWorkerRequest);
    opened.catch(() => this.#forget(port));
    return this.#running = { port, cell, opened };
  }

  #forget(port: WorkerLink): void {
    port.terminate();
    if (this.#running?.port === port) this.#running = undefined;
  }
}
