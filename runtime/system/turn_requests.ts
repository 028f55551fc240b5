import { type Address, checkReach } from "../actor/address.ts";
import type { FetchCall, TurnAnswer, TurnRequest } from "../actor/outcome.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import type { StoreReads } from "../store/contract.ts";
import type { Activation } from "./activation.ts";
import { gathering } from "./gathering.ts";

/** Answers what running turns ask for; each answer waits until the asking actor's earlier outcomes are durable. */
export function createTurnRequests(
  { read, ask, fetch, activationOf, answer }: {
    read: StoreReads;
    ask: (to: Address, query: string, args: string) => Promise<string>;
    fetch: (asking: { turn: number; tenant: string; kind: string }, call: FetchCall) => Promise<string>;
    activationOf: (turn: number) => Activation | undefined;
    answer: (answers: readonly TurnAnswer[]) => void;
  },
): (requests: readonly TurnRequest[]) => void {
  const answerOne = async (request: TurnRequest, activation: Activation): Promise<string> => {
    await activation.durable();
    const { tenant, kind } = activation.of;
    switch (request.want) {
      case "commit-point":
        return "null";
      case "ask":
        checkReach(tenant, request.to.tenant);
        return await ask(request.to, request.query, request.args);
      case "fetch":
        if (activationOf(request.turn) !== activation) {
          throw new RuntimeError("cancelled", "The turn that asked is over");
        }
        return await fetch({ turn: request.turn, tenant, kind }, request.call);
      case "query":
        return await read.query({ tenant, tables: request.tables, query: request.query, args: request.args });
      case "blob": {
        const chunk = await read.blobChunk(tenant, request.id, request.fromByte);
        if (chunk === null) throw new RuntimeError("not-found", `There is no blob ${JSON.stringify(request.id)}`);
        return JSON.stringify(chunk.toBase64());
      }
    }
  };
  const send = gathering(answer);
  return (requests) => {
    for (const request of requests) {
      const activation = activationOf(request.turn);
      if (activation === undefined) continue;
      answerOne(request, activation).then(
        (value) => send({ request: request.request, value }),
        (thrown) => send({ request: request.request, error: serializeError(thrown, "internal") }),
      );
    }
  };
}
