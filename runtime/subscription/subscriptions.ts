import { EVENT_TYPE } from "../actor/event_type.ts";
import { OWN_DEED } from "../actor/journal.ts";
import { InvalidError } from "../actor/schema.ts";
import type { SubscribedEvent } from "../actor/subscribed_event.ts";
import { RuntimeError } from "../core/errors.ts";
import type { SubscriptionDeclaration, Subscriptions } from "./contract.ts";
import type { SubscriptionPorts } from "./ports.ts";
import { createdWrite, isOfKind, newRow, rowWrite, subscriptionOf } from "./rows.ts";
import { subscriptionTables } from "./tables.ts";

/** One tenant's; more are refused. */
const MOST_SUBSCRIPTIONS = 100;

/** What people and programs may ask of subscriptions. `changed` is told of each tenant whose subscriptions are others now. */
export function createSubscriptions(
  { ports, changed }: { readonly ports: SubscriptionPorts; readonly changed: (tenant: string) => void },
): Subscriptions {
  const { read, log, now, createId, commit } = ports;
  const { queries } = subscriptionTables;
  const find = (tenant: string, id: string) => read(tenant, queries.byId, { id });
  const mustHaveRoom = async (tenant: string) => {
    const { subscriptions } = (await read(tenant, queries.count, {}))!;
    if (subscriptions < MOST_SUBSCRIPTIONS) return;
    throw new RuntimeError("conflict", `${tenant} has ${subscriptions} subscriptions, as many as it may: remove one`);
  };

  return {
    async create(tenant, { id = createId(), eventType, target }, { by, rows } = OWN_DEED) {
      if (!EVENT_TYPE.test(eventType)) {
        throw new RuntimeError("invalid-message", 'A type of events must read like "thing.happened"');
      }
      const at = now();
      checkTarget(ports, { tenant, id }, { eventType, target });
      await mustHaveRoom(tenant);
      const { last } = await log.logMark(tenant);
      const row = newRow({ tenant, id, ...target, cursor: last, createdBy: by, createdAt: at }, [eventType]);
      await commit({ tenant, at, writes: [{ write: "row", row: createdWrite(row) }], rows }).catch((thrown) => {
        throw isRefusal(thrown, "constraint") ? taken(eventType) : thrown;
      });
      changed(tenant);
      return subscriptionOf(row);
    },

    async remove(tenant, id, { rows } = OWN_DEED) {
      const row = await find(tenant, id);
      if (row === null) throw unknown();
      if (isOfKind(row)) {
        throw new RuntimeError("conflict", `The subscription ${id} comes with a kind: it cannot be removed`);
      }
      const writes = [{ write: "row", row: rowWrite("removed", { id }) } as const];
      await commit({ tenant, at: now(), writes, rows }).catch((thrown) => {
        throw isRefusal(thrown, "conflict") ? unknown() : thrown;
      });
      changed(tenant);
    },

    async get(tenant, id) {
      const row = await find(tenant, id);
      return row === null ? null : subscriptionOf(row);
    },

    async page({ tenant, ...page }) {
      return (await read(tenant, queries.page, page)).map(subscriptionOf);
    },
  };
}

/** Whether the target would take an event of this type, as far as that can be said without its data. */
function checkTarget(
  { check, now }: SubscriptionPorts,
  { tenant, id }: { readonly tenant: string; readonly id: string },
  { eventType, target: { kind, key, message } }: SubscriptionDeclaration,
): void {
  const payload: SubscribedEvent = {
    subscriptionId: id,
    number: 1,
    at: now(),
    type: eventType,
    subject: `${kind}/${key}`,
    data: {},
  };
  try {
    check({ to: { tenant, kind, key }, message, payload });
  } catch (thrown) {
    const isOfData = thrown instanceof InvalidError &&
      thrown.faults.every(({ pointer }) => /^\/data(\/|$)/.test(pointer));
    if (!isOfData) throw thrown;
  }
}

function isRefusal(thrown: unknown, code: RuntimeError["code"]): boolean {
  return thrown instanceof RuntimeError && thrown.code === code;
}

function taken(eventType: string): RuntimeError {
  return new RuntimeError("conflict", `There is a subscription already that tells this target of ${eventType}`);
}

function unknown(): RuntimeError {
  return new RuntimeError("not-found", "There is no such subscription");
}
