import { parseAddress } from "../actor/address.ts";
import type { CancelTimer, Clock } from "../core/clock.ts";
import type { Random } from "../core/random.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { Hint, SharedStore } from "../store/contract.ts";
import type { Cluster, ClusterPorts, Look } from "./contract.ts";
import { createLeaseKeeper } from "./lease_keeper.ts";
import { createRounds } from "./rounds.ts";

/*
 * How a node lives among others that share its store.
 *
 * Model. A node's life has a generation and a lease on the database's clock (`store/shared.ts`). While it lives, the heads
 * that it claimed or made ready are its own, and with them their actors: nobody else delivers them. Between nodes there is
 * nothing but the store: what one node wants of another (cancel this, pause that, take no more) is a row, and a hint only says
 * that it is worth looking. Three things are done again and again, each with a timer of its own:
 *
 *   renew    every third of the lease, and a twentieth after a failure
 *   look     about every second: at heads without an owner, wishes, paused kinds, counts, due times
 *   take over  every sixth to quarter of the lease: end the lives whose lease is over, and look
 *
 * Invariants.
 * - No turn is begun after the lease is over by this process's monotonic clock, less a tenth of it: `mayDeliver` is asked
 *   before each delivery, and what is delivered bears the instant (`startBefore`) after which its host hands it back.
 * - A turn that still runs when its life was ended changes nothing: its commit is refused as `fenced` by the store.
 * - Everything that a hint says is found without it by the next look.
 *
 * When something fails.
 * - The process is paused, or cannot reach the database, for longer than the lease: it delivers nothing from then on. When it
 *   can renew again and nobody has ended its life, it goes on as if nothing had been; when somebody has, the renewal or
 *   the next commit is refused as `fenced` and the process ends: what it ran runs again elsewhere, and no outcome of its is
 *   written.
 * - Clocks differ: due times and leases are the database's time, `database_clock.ts`; the lease's end is taken by the monotonic
 *   clock from before its renewal was sent, so a slow answer shortens it and never stretches it.
 * - Notifications are lost: work waits for the next look, a second at most.
 * - A node dies: its lease ends, whoever sees that first frees what it owned, and the next look or hint finds it. From
 *   death to the first turn elsewhere it takes the lease, a quarter of it, and some ms.
 * - The database is away: no renewal, no commit; see above. Nobody takes over meanwhile, since that is a commit as well.
 *
 * Draining, by `drain` or by SIGTERM:
 *
 *   taking ──asked to──► draining ──nothing runs any more──► drained ──asked to──► taking
 *
 * What waits here is given up at once, and again with each look what has come since; what runs may end. So others go on with
 * it as soon as they hear of it, and not only when the lease is over.
 *
 * Sharing. A node takes no more heads than it can soon run, but what is behind them in their mailboxes stays its own, and may be
 * much. One that has nothing to do says so, with each look and at once when it is so, and each of the others gives up half of
 * what waits there, where that is more than it soon does (`mailbox/shedding.ts`). So while all have something to do nothing moves.
 */

/** So that each look begins about a second after the one before. */
const LOOK_MS = [800, 1_000] as const;
const LEAST_TAKEOVER_MS = 250;
/** By then the life of a node that was started again after a crash has been ended. */
const NAMESAKE_LEASES = 2;

export function createCluster(
  { shared, clock, random, leaseMs, node, diagnostics }: {
    readonly shared: SharedStore;
    readonly clock: Clock;
    readonly random: Random;
    readonly leaseMs: number;
    /** The name of this one. */
    readonly node: string;
    readonly diagnostics: Diagnostics;
  },
  ports: ClusterPorts,
): Cluster {
  let drained = false;
  let leaving = false;
  let cancelCheck: CancelTimer = () => {};

  const giveUp = async (): Promise<void> => {
    await shared.disown({ busy: ports.forget().map(parseAddress) });
    // What a commit said that was written before that is not this node's either.
    ports.forget();
  };
  const heed = (wanted: boolean) => {
    if (wanted === drained || leaving) return;
    drained = wanted;
    diagnostics.tell({ event: wanted ? "node.draining" : "node.undrained", node });
    ports.forget();
    ports.changed();
    looking.hurry();
  };
  const keeper = createLeaseKeeper({
    shared,
    clock,
    random,
    leaseMs,
    report: ports.report,
    renewed: (lease) => heed(lease.drained),
    changed(held) {
      diagnostics.tell({ event: held ? "lease.held" : "lease.lost", node });
      ports.changed();
    },
    onFatal: ports.onFatal,
  });

  const every = (look: Look): Promise<void> => ports.looks[look]().catch(() => {});
  const look = async (): Promise<void> => {
    if (drained || leaving) await giveUp().catch(() => {});
    if (!leaving) await Promise.all((Object.keys(ports.looks) as Look[]).map(every));
  };
  const rounds = (round: () => Promise<void>, pauseMs?: readonly [number, number]) =>
    createRounds({ clock, random, ...pauseMs === undefined ? {} : { pauseMs } }, round);
  const looking = rounds(look, LOOK_MS);
  const wishes = rounds(() => every("wishes"));
  const control = rounds(() => every("control"));

  const takeOver = async (): Promise<void> => {
    const ended = await shared.endLapsed().catch(() => []);
    if (ended.length === 0) return;
    for (const life of ended) diagnostics.tell({ event: "node.taken-over", node: life.node, heads: life.freed });
    // A message whose cancelling was wished must not begin again.
    await every("wishes");
    looking.hurry();
    ports.tookOver();
  };
  const takeovers = rounds(takeOver, [
    Math.max(LEAST_TAKEOVER_MS, leaseMs / 6),
    Math.max(LEAST_TAKEOVER_MS, leaseMs / 4),
  ]);
  const all = [looking, wishes, control, takeovers];

  const tellNamesake = async (): Promise<void> => {
    const namesakes = (await shared.nodes()).filter((one) => one.node === node);
    if (namesakes.length > 1) diagnostics.tell({ event: "node.doubled", node });
  };

  const hear = (hint: Hint): void => {
    if (hint.all) looking.hurry();
    if (hint.wishes) wishes.hurry();
    if (hint.control) {
      control.hurry();
      keeper.hurry();
    }
    ports.heard(hint);
  };
  const stop = () => {
    leaving = true;
    cancelCheck();
    for (const each of all) each.stop();
    keeper.stop();
  };

  return {
    get mayDeliver() {
      return !drained && !leaving && keeper.held;
    },
    get startBefore() {
      return keeper.startBefore;
    },
    get drained() {
      return drained;
    },
    get standing() {
      const { until, nodes, aheadMs } = shared.lease;
      return { leaseLeftMs: Math.max(0, until - clock.monotonic()), nodes, aheadMs };
    },
    get leads() {
      return shared.lease.leads && keeper.held;
    },
    live: () => keeper.start(),
    async start() {
      for (const each of all) each.begin();
      cancelCheck = clock.after(NAMESAKE_LEASES * leaseMs, () => void tellNamesake().catch(() => {}));
      await shared.listen(hear);
    },
    async handOver() {
      leaving = true;
      await giveUp();
    },
    async leave() {
      await shared.disown().finally(stop);
    },
    stop,
    nodes: () => shared.nodes(),
    async drain(name, wanted) {
      const found = await shared.drain(name, wanted);
      if (found) shared.hint({ control: true });
      if (name === node) keeper.hurry();
      return found;
    },
  };
}
