import type { StoredEvent } from "../../runtime/store/contract.ts";
import type { System } from "../../runtime/system/contract.ts";
import { before, PATIENCE_MS } from "./deadline.ts";
import { nextStep } from "./next_step.ts";

/** The tenant's events that follow number `after`, as a reader of the feed gets them: `count`, or all there are. */
export async function readEvents(
  { feed }: System,
  tenant: string,
  { after = 0, count }: { after?: number; count?: number } = {},
): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  const wanted = count ?? await feed.last(tenant) - after;
  const reader = feed.follow(tenant, after);
  const reading = (async () => {
    while (events.length < wanted) {
      const step = await nextStep(reader);
      if (step?.step !== "events") throw new Error(`The reader of ${tenant} was told ${JSON.stringify(step)}`);
      events.push(...step.events);
    }
  })();
  const late = () => new Error(`${tenant} has told ${events.length} events of ${wanted}`);
  await before(reading, PATIENCE_MS, late).finally(() => reader.end());
  return events;
}
