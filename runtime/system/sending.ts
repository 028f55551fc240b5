import type { Delivery } from "../actor/outcome.ts";

/** Hands deliveries on together with those of the same turn of the event loop. */
export function createSending(deliver: (deliveries: readonly Delivery[]) => void): (delivery: Delivery) => void {
  let gathered: Delivery[] = [];
  return (delivery) => {
    if (gathered.push(delivery) > 1) return;
    queueMicrotask(() => {
      const batch = gathered;
      gathered = [];
      deliver(batch);
    });
  };
}
