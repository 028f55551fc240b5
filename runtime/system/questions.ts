import { type Address, checkAddress } from "../actor/address.ts";
import type { Outcome, Question } from "../actor/outcome.ts";
import type { Registry } from "../actor/registry.ts";
import { deserializeError, RuntimeError } from "../core/errors.ts";
import type { Host } from "../host/contract.ts";
import type { Snapshot } from "../store/contract.ts";
import { createAskedStates } from "./asked_states.ts";
import { gathering } from "./gathering.ts";

const QUESTION_TIMEOUT_MS = 5_000;
const MOST_OPEN = 1_024;

/** Questions about committed state, answered in the host so that a query's code cannot hold the server up. */
export interface Questions {
  /** `args` and the answer are JSON text. @throws {RuntimeError} `unknown-kind`, `unknown-query`, `overloaded`, ... */
  ask(to: Address, query: string, args: string): Promise<string>;
  /** Whether the outcome was a question's. */
  report(outcome: Outcome): boolean;
  lose(turn: number): boolean;
  /** Rejects what is open. */
  close(): void;
}

export function createQuestions(
  { registry, snapshot, host, nextTurn }: {
    registry: Registry;
    snapshot: (address: Address) => Promise<Snapshot | null>;
    host: () => Host;
    nextTurn: () => number;
  },
): Questions {
  let closed = false;
  const stateOf = createAskedStates(snapshot);
  const send = gathering<Question>((questions) => {
    if (!closed) host().ask(questions);
  });
  const open = new Map<number, { resolve: (answer: string) => void; reject: (error: Error) => void }>();
  return {
    async ask(to, query, args) {
      checkAddress(to);
      const kind = registry.kind(to.kind);
      if (!Object.hasOwn(kind.queries, query)) {
        const known = Object.keys(kind.queries);
        throw new RuntimeError("unknown-query", `${to.kind} has no query ${JSON.stringify(query)}; known: ${known}`);
      }
      if (open.size >= MOST_OPEN) {
        throw new RuntimeError("overloaded", `${MOST_OPEN} questions are open: ask again later`, { retryable: true });
      }
      const kept = await stateOf(to);
      if (closed) throw stopping();
      const turn = nextTurn();
      return await new Promise<string>((resolve, reject) => {
        open.set(turn, { resolve, reject });
        send({
          tenant: to.tenant,
          kind: to.kind,
          key: to.key,
          turn,
          state: kept?.state ?? null,
          stateVersion: kept?.stateVersion ?? 1,
          query,
          args,
          timeoutMs: QUESTION_TIMEOUT_MS,
        });
      });
    },
    report({ turn, ending }) {
      const question = open.get(turn);
      if (question === undefined) return false;
      open.delete(turn);
      if (ending.end === "done") question.resolve(ending.result);
      else if (ending.end === "failed") question.reject(deserializeError(ending.error));
      else question.reject(new RuntimeError("internal", `A question ended as ${ending.end}`));
      return true;
    },
    lose(turn) {
      const question = open.get(turn);
      open.delete(turn);
      question?.reject(new RuntimeError("host-lost", "The host was lost: ask again", { retryable: true }));
      return question !== undefined;
    },
    close() {
      closed = true;
      for (const { reject } of open.values()) reject(stopping());
      open.clear();
    },
  };
}

function stopping(): RuntimeError {
  return new RuntimeError("stopping", "The node is stopping: ask again later", { retryable: true });
}
