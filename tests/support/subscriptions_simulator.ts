import type { Clock } from "../../runtime/core/clock.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import type { StoreEntry } from "../../runtime/store/contract.ts";
import type { Subscriptions } from "../../runtime/subscription/contract.ts";
import type { SubscriptionPorts } from "../../runtime/subscription/ports.ts";
import type { SubscriptionRow } from "../../runtime/subscription/row_types.ts";
import { createSubscriptions } from "../../runtime/subscription/subscriptions.ts";
import type { Commands } from "../../runtime/system/commands.ts";

/** Subscriptions over rows in memory, which tell nobody. */
export function simulateSubscriptions(
  { clock, createId, commands, failIfAsked }: {
    readonly clock: Clock;
    readonly createId: () => string;
    readonly commands: Pick<Commands, "fromOutside">;
    readonly failIfAsked: () => void;
  },
): Subscriptions {
  let rows: readonly SubscriptionRow[] = [];
  const asked = (tenant: string, { id, after = "", limit = 0 }: { id?: string; after?: string; limit?: number }) => {
    const mine = rows.filter((row) => row.tenant === tenant).sort((a, b) => a.id < b.id ? -1 : 1);
    return {
      byId: mine.find((row) => row.id === id) ?? null,
      page: mine.filter((row) => row.id > after).slice(0, limit),
      count: { subscriptions: mine.length },
    };
  };
  const apply = (tenant: string, made: Omit<SubscriptionRow, "tenant">) => {
    const says = ({ eventTypes, kind, key, message }: typeof made) => [eventTypes, kind, key, message].join();
    if (rows.some((row) => row.tenant === tenant && says(row) === says(made))) {
      throw new RuntimeError("constraint", "There is one that says the same");
    }
    rows = [...rows, { ...made, tenant }];
  };
  const ports: Partial<SubscriptionPorts> = {
    read: (tenant, { name }, args) => Promise.resolve(asked(tenant, args)[name as "byId"] as never),
    log: { logMark: () => Promise.resolve({ last: 0, trimmedTo: 0 }) } as Partial<SubscriptionPorts["log"]> as never,
    async commit({ tenant, writes }: StoreEntry) {
      await Promise.resolve(failIfAsked());
      for (const write of writes) {
        if (write.write !== "row") continue;
        if (write.row.write === "created") apply(tenant, write.row.args as never);
        else rows = rows.filter((row) => row.tenant !== tenant || row.id !== write.row.args["id"]);
      }
    },
    check: (command) => void commands.fromOutside(command, { by: "system", now: clock.now() }),
    createId,
    now: () => clock.now(),
  };
  return createSubscriptions({ ports: ports as SubscriptionPorts, changed() {} });
}
