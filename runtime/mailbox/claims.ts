import type { Lane } from "./lane.ts";
import type { DispatcherOptions } from "./contract.ts";
import type { Lanes } from "./lanes.ts";
import type { Limits } from "./limits.ts";
import { createFilling, createReadRefills, type RefillPorts, type Refills } from "./refills.ts";
import type { Room } from "./room.ts";

/** Claims under way: a store of elsewhere answers in some ms, and what is claimed is taken from the others. */
const MOST_CLAIMS = 4;
/** Lanes looked at in one go; those behind them come first in the next. */
const MOST_LOOKS = 64;
/** Of what is worth having here; for less it is not worth asking, unless something stands still. */
const LEAST_ASKED = 1 / 4;
/** For a lane that nothing waits of, while the host has room: however much others have waiting here. */
const FIRST = 4;
const NOBODY: ReadonlySet<string> = new Set();

/** Claims from a store that is shared, and reads from one that is not. */
export function createRefills(
  { claims, read, room, held = NOBODY }: Pick<DispatcherOptions, "claims" | "read" | "room" | "held">,
  { lanes, limits, ...ports }: RefillPorts & { readonly lanes: Lanes; readonly limits: Limits },
): Refills {
  if (claims === undefined) return createReadRefills(read, ports);
  /** Runs of a paused kind, or a tenant that is held, wait for a person, and keep nothing else from waiting here. */
  const waiting = () => {
    let runs = lanes.waiting;
    for (const name of limits.paused) if (!held.has(name.tenant)) runs -= lanes.find(name)?.length ?? 0;
    for (const tenant of held) for (const lane of lanes.ofTenant(tenant)) runs -= lane.length;
    return runs;
  };
  // A lane that is asked about waits for its kind's limit; for its tenant's it has turns here that end.
  const mayHave = ({ name, active, length }: Lane) =>
    limits.allow(name, active) ? limits.left(name, active) - length + room.surplus : 0;
  return createClaimRefills(claims, { ...ports, room, waiting, mayHave });
}

type Claims = NonNullable<DispatcherOptions["claims"]>;

/**
 * Of a store that several nodes share. A head that is claimed is no other node's any more, so no more are asked for than
 * this node can soon run, divided among the lanes that want some; they wait in order of coming, each for its turn.
 *
 * What commits make ready while a lane waits here is left to nobody (the appetite is 0): it stands behind heads that
 * nobody owns either, and whoever claims, claims in the lane's order.
 */
function createClaimRefills(
  claims: Claims,
  { room, waiting, mayHave, ...ports }: RefillPorts & {
    readonly room: Room;
    /** Runs that wait here and may start when there is room. */
    readonly waiting: () => number;
    /** How many more of the lane may soon start here, as far as limits go. */
    readonly mayHave: (lane: Lane) => number;
  },
): Refills {
  const hungry = new Set<Lane>();
  let asking = 0;
  let underWay = 0;

  const fill = createFilling((lane, limit, how) => claims.claim(lane, limit, how), {
    ...ports,
    filled(lane) {
      // Something was said of it meanwhile.
      if (lane.mayHaveMissed) hungry.add(lane);
      ports.filled(lane);
    },
  });
  const left = () => Math.max(0, room.worth - room.atHost - waiting() - asking);
  const share = (lane: Lane): number => {
    const first = lane.length === 0 && room.free > asking ? Math.min(room.free - asking, FIRST) : 0;
    const appetite = left();
    if (appetite < room.worth * LEAST_ASKED) return first;
    return Math.max(first, Math.ceil(appetite / hungry.size));
  };
  /** Answers whether the lane has been dealt with. */
  const ask = (lane: Lane): boolean => {
    // What was told of it since the store was asked need not be in the answer.
    if (lane.isRefilling) return false;
    const bound = mayHave(lane);
    // It is wanted again when one of its turns has landed, or its kind's, or it is resumed.
    if (bound < 1) return true;
    const most = Math.min(share(lane), bound);
    if (most === 0) return false;
    const begun = fill(lane, lane.wantedOf(most), () => {
      underWay--;
      asking -= most;
    });
    if (begun) {
      underWay++;
      asking += most;
    }
    return true;
  };

  return {
    lanes: () => claims.claimable(),
    want: (lane) => void (lane.wanted > 0 && hungry.add(lane)),
    expect: (lane) => void hungry.add(lane),
    go() {
      let looks = Math.min(hungry.size, MOST_LOOKS);
      for (const lane of hungry) {
        if (looks-- === 0 || underWay >= MOST_CLAIMS) return;
        if (!ask(lane)) {
          // Behind the others.
          hungry.delete(lane);
          hungry.add(lane);
        } else hungry.delete(lane);
      }
    },
    forget() {
      hungry.clear();
      fill.forget();
    },
    get appetite() {
      return hungry.size > 0 ? 0 : left();
    },
    get idle() {
      return hungry.size === 0 && underWay === 0 && waiting() <= 0 && room.free > 0;
    },
  };
}
