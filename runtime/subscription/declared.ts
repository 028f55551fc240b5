import type { AnyKind } from "../actor/kind.ts";
import { SUBSCRIBER_KEY, SUBSCRIBER_MESSAGE } from "../actor/subscribed_event.ts";
import type { RowWrite } from "../actor/journal.ts";
import { RuntimeError } from "../core/errors.ts";
import type { SubscriptionPorts } from "./ports.ts";
import type { SubscriptionRow } from "./row_types.ts";
import { createdWrite, idOfKind, newRow, rowWrite } from "./rows.ts";
import { subscriptionTables } from "./tables.ts";

/** The kinds that subscribe, by the id of their subscriptions. */
export type DeclaredTypes = ReadonlyMap<string, Pick<AnyKind, "kind" | "subscribes">>;

export function declaredTypes(kinds: Iterable<AnyKind>): DeclaredTypes {
  return new Map(
    [...kinds].filter(({ subscribes }) => subscribes.length > 0).map((kind) => [idOfKind(kind.kind), kind]),
  );
}

/**
 * Makes known the kinds that are new: each tenant that has events gets a row that begins after its last one, and then the kind
 * is written down: from then on a tenant without a row is one that has come since, and its row begins with its first event.
 * What dies in between is done again; several nodes may do it at once.
 * @throws {RuntimeError} the storage's trouble: call it again
 */
export async function introduceKinds(declared: DeclaredTypes, ports: SubscriptionPorts): Promise<void> {
  const fresh: Pick<AnyKind, "kind" | "subscribes">[] = [];
  for (const kind of declared.values()) {
    const known = await ports.read("system", subscriptionTables.queries.kind, { kind: kind.kind });
    if (known === null) fresh.push(kind);
  }
  if (fresh.length === 0) return;
  for (const { tenant, mark } of await ports.log.longLogs(0)) {
    await createRows(ports, { tenant, cursor: mark.last, kinds: fresh });
  }
  const since = ports.now();
  for (const { kind } of fresh) await commit(ports, "system", [rowWrite("kindCreated", { kind, since })]);
}

/**
 * Removes the rows of kinds that subscribe no more, and has those of the others say what is declared.
 * @throws {RuntimeError} as {@linkcode introduceKinds}
 */
export async function settleKinds(declared: DeclaredTypes, ports: SubscriptionPorts): Promise<void> {
  for (const { kind } of await ports.read("system", subscriptionTables.queries.kinds, {})) {
    const id = idOfKind(kind);
    const subscribes = declared.get(id)?.subscribes;
    await commit(
      ports,
      "system",
      subscribes === undefined
        ? [rowWrite("withdrawn", { id }), rowWrite("kindRemoved", { kind })]
        : [rowWrite("retyped", { id, eventTypes: JSON.stringify(subscribes) })],
    );
  }
}

/** Makes the rows of a tenant that it does not have yet, and answers them all. */
export async function createRows(
  ports: SubscriptionPorts,
  { tenant, cursor, kinds }: {
    readonly tenant: string;
    readonly cursor: number;
    readonly kinds: Iterable<Pick<AnyKind, "kind" | "subscribes">>;
  },
): Promise<readonly SubscriptionRow[]> {
  const rows: SubscriptionRow[] = [];
  for (const { kind, subscribes } of kinds) {
    const id = idOfKind(kind);
    const before = await ports.read(tenant, subscriptionTables.queries.byId, { id });
    const target = { kind, key: SUBSCRIBER_KEY, message: SUBSCRIBER_MESSAGE };
    const made = { tenant, id, ...target, cursor, createdBy: "system", createdAt: ports.now() };
    if (before === null) await commit(ports, tenant, [createdWrite(newRow(made, subscribes))]);
    const row = before ?? await ports.read(tenant, subscriptionTables.queries.byId, { id });
    if (row !== null) rows.push(row);
  }
  return rows;
}

async function commit(ports: SubscriptionPorts, tenant: string, rows: readonly RowWrite[]): Promise<void> {
  try {
    await ports.commit({ tenant, at: ports.now(), writes: rows.map((row) => ({ write: "row", row })) });
  } catch (thrown) {
    // Another node was faster.
    if (thrown instanceof RuntimeError && (thrown.code === "conflict" || thrown.code === "constraint")) return;
    throw thrown;
  }
}
