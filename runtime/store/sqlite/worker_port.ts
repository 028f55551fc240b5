import { deserializeError, RuntimeError, type SerializedError, serializeError } from "../../core/errors.ts";

/** What travels to a worker of the store: a call with its number, and beside it what is not copied but handed over. */
interface CallMessage {
  readonly call: number;
  readonly request: unknown;
}

type AnswerMessage =
  | { readonly ready: true }
  | { readonly notice: unknown }
  | { readonly call: number; readonly answer: unknown }
  | { readonly call: number; readonly error: SerializedError };

/** The part of a worker's global scope that is used here; the platform's types know it in files for workers only. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<CallMessage>) => void) | null;
  postMessage(message: AnswerMessage, transfer?: Transferable[]): void;
}

/**
 * Inside a worker: answers the calls, one after the other, with what `answer` returns or throws. To be called before the
 * module awaits anything. The function that it gives back tells the other side something, before any later answer.
 */
export function serveCalls<Request>(answer: (request: Request) => unknown): (notice: unknown) => void {
  const scope = globalThis as unknown as WorkerScope;
  const serve = async ({ call, request }: CallMessage) => {
    try {
      scope.postMessage({ call, answer: await answer(request as Request) });
    } catch (thrown) {
      scope.postMessage({ call, error: serializeError(thrown, "internal") });
    }
  };
  let turn = Promise.resolve();
  scope.onmessage = ({ data }) => {
    turn = turn.then(() => serve(data));
  };
  scope.postMessage({ ready: true });
  return (notice) => scope.postMessage({ notice });
}

/**
 * A worker as a function that answers later. starting → ready → dead; calls made while it starts wait, for a message that
 * comes before the worker listens would be lost. A worker that fails is not started again: `onDeath` decides.
 */
export class WorkerPort {
  readonly #worker: Worker;
  readonly #pending = new Map<number, { resolve: (answer: unknown) => void; reject: (reason: unknown) => void }>();
  readonly #ready = Promise.withResolvers<void>();
  #lastCall = 0;
  #death: RuntimeError | undefined;

  constructor(entry: URL, { name, deathError, onDeath, onNotice }: {
    name: string;
    /** What its pending and later calls are answered when it dies. */
    deathError: (reason: string) => RuntimeError;
    onDeath?: () => void;
    onNotice?: (notice: unknown) => void;
  }) {
    this.#ready.promise.catch(() => {});
    this.#worker = new Worker(entry.href, { type: "module", name });
    const die = (reason: string) => {
      if (this.#death !== undefined) return;
      this.#end(deathError(reason));
      onDeath?.();
    };
    this.#worker.onmessage = ({ data }: MessageEvent<AnswerMessage>) => {
      if ("ready" in data) this.#ready.resolve();
      else if ("notice" in data) onNotice?.(data.notice);
      else this.#settle(data);
    };
    this.#worker.onerror = (event) => {
      // Without this the whole process would end.
      event.preventDefault();
      die(event.message);
    };
    this.#worker.onmessageerror = () => die("a message could not be read");
  }

  async call(request: unknown, transfer: Transferable[] = []): Promise<unknown> {
    await this.#ready.promise;
    if (this.#death !== undefined) throw this.#death;
    const call = ++this.#lastCall;
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(call, answer);
    this.#worker.postMessage({ call, request } satisfies CallMessage, transfer);
    return await answer.promise;
  }

  /** Ends the worker at once; what is pending is rejected with `stopping`. */
  terminate(): void {
    this.#end(new RuntimeError("stopping", "The store is closed"));
  }

  #end(error: RuntimeError): void {
    this.#death ??= error;
    this.#worker.terminate();
    this.#ready.reject(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #settle(message: Extract<AnswerMessage, { readonly call: number }>): void {
    const pending = this.#pending.get(message.call);
    this.#pending.delete(message.call);
    if ("error" in message) pending?.reject(deserializeError(message.error));
    else pending?.resolve(message.answer);
  }
}

/** A thread of a store, as that sees it. */
export type WorkerLink = Pick<WorkerPort, "call" | "terminate">;
