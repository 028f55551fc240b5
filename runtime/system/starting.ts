import type { Cluster } from "../cluster/contract.ts";
import type { Host } from "../host/contract.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import type { Room } from "../mailbox/room.ts";
import type { Store } from "../store/contract.ts";
import type { Cancelling } from "./cancelling.ts";
import type { Careful } from "./careful.ts";
import type { Commits } from "./commits.ts";
import type { Controlling } from "./control.ts";
import type { Tenancy } from "./tenancy.ts";

/** What a node is made of, as far as it has to be begun. */
export interface StartedParts {
  readonly host: Host;
  readonly room: Room;
  readonly store: Store;
  readonly cluster: Pick<Cluster, "live" | "start">;
  readonly commits: Commits;
  readonly control: Controlling;
  readonly tenancy: Pick<Tenancy, "start">;
  readonly cancelling: Cancelling;
  readonly careful: Careful;
  readonly dispatcher: Dispatcher;
}

/**
 * Begins the parts of a node in the order in which nothing is delivered too early: it lives, then it knows what waits, what is
 * paused, what was to be cancelled and what may have killed it, then it has work.
 */
export async function startParts(
  { host, room, store, cluster, commits, control, tenancy, cancelling, careful, dispatcher }: StartedParts,
  { runsTurns, changed, now }: { runsTurns: boolean; changed: () => void; now: () => number },
): Promise<void> {
  // A host may take longer to start than a lease lasts.
  await cluster.live();
  await host.start();
  room.resize(host.slots);
  await cluster.start();
  await commits.start();
  // So that it is known before anything is taken.
  if (store.room === "short") await commits.append({ tenant: "system", at: now(), writes: [] }).catch(() => {});
  await control.start();
  await tenancy.start();
  await cancelling.keepWishes();
  await careful.start(changed);
  if (runsTurns) await dispatcher.start();
}
