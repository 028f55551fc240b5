import type { AnyKind } from "../actor/kind.ts";
import type { Delivery, Likelihood } from "../actor/outcome.ts";
import type { Activation } from "./activation.ts";

/** What a host needs to run an activation's turns. */
export function toDelivery(
  { of, flights, lead: { state } }: Activation,
  { kind, likelihood, startBefore, drops = [] }: {
    kind: AnyKind;
    likelihood?: Likelihood | undefined;
    startBefore?: number | undefined;
    drops?: readonly string[];
  },
): Delivery {
  const { tenant, kind: name, key } = of;
  return {
    tenant,
    kind: name,
    key,
    ...(likelihood === undefined ? {} : { alone: likelihood }),
    ...(startBefore === undefined ? {} : { startBefore }),
    ...(drops.length === 0 ? {} : { drops }),
    state: state.text,
    stateVersion: state.version,
    envelopes: flights.map(({ turn, message }) => ({
      turn,
      messageId: message.id,
      name: message.name,
      version: message.version,
      payload: message.payload,
      by: message.by,
      attempt: message.attempts + 1,
      timeoutMs: kind.timeoutMs,
      attemptMs: message.timeoutMs,
    })),
  };
}
