import { sleep, systemClock } from "../../runtime/core/clock.ts";
import type { Subscription, SubscriptionDeclaration } from "../../runtime/subscription/contract.ts";
import type { System } from "../../runtime/system/contract.ts";
import { listenerOf, registry, shelf } from "./registry/subscriber_registry.ts";
import { tally } from "./registry/system_registry.ts";
import { readEvents } from "./read_events.ts";
import { setup, type SetupOptions, type TestSystem } from "./test_system.ts";
import { PATIENCE_MS } from "./deadline.ts";

export const registryUrl = new URL("./registry/subscriber_registry.ts", import.meta.url).href;

/** A node whose kind `listener` subscribes to `tally.added`, which every message of a tally emits. */
export function subscribed(options: SetupOptions = {}): Promise<TestSystem> {
  return setup({ kinds: { registry, registryUrl }, ...options });
}

/** So many events of one tenant, whose `by` counts from 1 on. */
export async function emit({ system }: Pick<TestSystem, "system">, events: number, tenant = "acme"): Promise<void> {
  const to = tally.at(tenant, "a");
  for (let by = 1; by <= events; by++) await system.tell(to, "add", { by });
}

/** Of the log, the numbers of its events of this type. */
export async function numbersOf(
  system: System,
  { type = "tally.added", tenant = "acme", after = 0 }: { type?: string; tenant?: string; after?: number } = {},
): Promise<readonly number[]> {
  const events = await readEvents(system, tenant, { after });
  return events.filter((event) => event.type === type).map(({ number }) => number);
}

/** What an actor was told, by number: `listener` by default. */
export function heardBy(system: System, key?: string, tenant = "acme"): Promise<readonly number[]> {
  return system.ask(key === undefined ? listenerOf(tenant) : shelf.at(tenant, key), "numbers");
}

/** Waits until it has been told of so many. */
export async function hears(node: Pick<TestSystem, "system">, count: number, key?: string, tenant?: string): Promise<
  readonly number[]
> {
  let heard: readonly number[] = [];
  await until(async () => (heard = await heardBy(node.system, key, tenant)).length >= count);
  return heard;
}

export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const begunAt = systemClock.monotonic();
  while (!await isSo()) {
    if (systemClock.monotonic() - begunAt > PATIENCE_MS) throw new Error(`Waited in vain for ${isSo}`);
    await sleep(systemClock, 2);
  }
}

/** The subscription as it is written down. */
export async function rowOf(
  { system }: Pick<TestSystem, "system">,
  id: string,
  tenant = "acme",
): Promise<Subscription> {
  return (await system.subscriptions.get(tenant, id))!;
}

export function toShelf(key: string, { eventType = "tally.added", message = "event" } = {}): SubscriptionDeclaration {
  return { eventType, target: { kind: "shelf", key, message } };
}
