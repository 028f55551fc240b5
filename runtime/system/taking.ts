import { toJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import type { Cancelling } from "./cancelling.ts";
import type { System } from "./contract.ts";
import type { Questions } from "./questions.ts";
import type { Telling } from "./telling.ts";

/** What people and programs ask of actors, while the node takes commands. */
export function createTaking(
  { mustTakeCommands, telling, questions, cancelling }: {
    /** @throws {RuntimeError} `stopping` */
    mustTakeCommands: () => void;
    telling: Telling;
    questions: Questions;
    cancelling: Cancelling;
  },
): Pick<System, "tell" | "tellAll" | "ask" | "cancel"> {
  return {
    async tell(to, message, payload, how = {}) {
      mustTakeCommands();
      const { deed, idempotency, ...command } = how;
      const [told] = await telling([{ to, message, payload, ...command }], { deed, idempotency });
      return told!;
    },
    async tellAll(all, how = {}) {
      mustTakeCommands();
      return await telling(all, how);
    },
    async ask(to, query, args) {
      mustTakeCommands();
      const text = toJson(args, { what: "The arguments", limitBytes: LIMITS.payloadBytes });
      return JSON.parse(await questions.ask(to, query, text));
    },
    async cancel(address, deed) {
      mustTakeCommands();
      return await cancelling.cancel(address, deed);
    },
  };
}
