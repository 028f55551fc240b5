import type { LaneName } from "../store/contract.ts";
import type { Dispatcher } from "./contract.ts";
import { type Holds, laneOf } from "./holds.ts";
import type { Lanes } from "./lanes.ts";
import type { Limits } from "./limits.ts";
import type { Room } from "./room.ts";

/** So many actors at once, as the store takes them in one statement. */
const MOST_SHED = 512;
const PART = 1 / 2;

export interface SheddingPorts {
  readonly lanes: Lanes;
  readonly limits: Pick<Limits, "isPaused">;
  readonly room: Pick<Room, "surplus">;
  readonly holds: Pick<Holds, "giveUp">;
  /** At a host, on its way to the disk, or held: nothing of it is given away. */
  readonly isBusy: (address: string) => boolean;
  readonly mayShed: () => boolean;
  /** The lane may have ready heads that are not known here. */
  readonly expect: (lane: LaneName) => void;
  readonly pump: () => void;
}

/**
 * Gives half of what waits here to a node that says it has nothing to do; from each lane its last. Who takes it says that
 * no more, so it does not come back, and who is asked by several gives several times.
 *
 * What is soon done here is kept: giving it away would take longer. How much that is, is counted in turns, as a run may be
 * long; what is behind it in its mailbox is not known and goes along.
 *
 * While the store is told, and until everything is told that was committed before, nothing of these actors is delivered
 * here. Whether the store could do it or not, what of them is still this node's is found by its next claim.
 */
export function createShedding(
  { lanes, limits, room, holds, isBusy, mayShed, expect, pump }: SheddingPorts,
): Dispatcher["shed"] {
  let underWay = false;

  const surplus = (): string[] => {
    const waiting = [...lanes].filter(({ name }) => !limits.isPaused(name))
      .map((lane) => lane.waiting.filter(({ address }) => !isBusy(address)));
    let turns = 0;
    for (const runs of waiting) for (const { run } of runs) turns += run.length;
    if (turns <= room.surplus) return [];
    const part = Math.min(PART, 1 - room.surplus / turns);
    const given: string[] = [];
    // Of a single one that waits, all.
    let due = PART;
    for (const runs of waiting) {
      due += runs.length * part;
      const count = Math.min(Math.floor(due), runs.length, MOST_SHED - given.length);
      due -= count;
      for (const { address } of runs.slice(runs.length - count)) given.push(address);
    }
    return given;
  };

  return async (disown) => {
    if (underWay || !mayShed()) return;
    const addresses = surplus();
    if (addresses.length === 0) return;
    underWay = true;
    const letGo = holds.giveUp(addresses);
    try {
      await disown(addresses);
    } finally {
      underWay = false;
      letGo();
      for (const address of addresses) expect(laneOf(address));
      pump();
    }
  };
}
