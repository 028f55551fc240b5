import type { Message } from "../actor/message.ts";
import type { HeadPlace, LaneName, StoreReads } from "../store/contract.ts";
import type { Lane } from "./lane.ts";

/** How the lanes' windows are filled from the store. */
export interface Refills {
  /** Lanes that have something to deliver. */
  lanes(): Promise<readonly LaneName[]>;
  /** The store may have more of the lane than is here. */
  want(lane: Lane): void;
  /** The lane is known to have more than is here, however little room there is in it now. */
  expect(lane: Lane): void;
  /** Asks for what is wanted and has waited for room; once for all that a pump has begun. */
  go(): void;
  /** What is being read is of no use any more. */
  forget(): void;
  /** Further ready heads that this node would have. */
  readonly appetite: number;
  /** It has none, and knows of none that it might have. */
  readonly idle: boolean;
}

export interface RefillPorts {
  readonly isBusy: (address: string) => boolean;
  /** The lane has what was found. */
  readonly filled: (lane: Lane) => void;
  readonly failed: (lane: Lane, error: unknown) => void;
}

export type ReadHeads = (
  lane: LaneName,
  limit: number,
  how: { readonly from: HeadPlace | null },
) => Promise<readonly Message[]>;

/** Of a store that is this node's alone: what is read costs the others nothing, so as much is asked for as fits. */
export function createReadRefills(read: StoreReads, ports: RefillPorts): Refills {
  const fill = createFilling((lane, limit, how) => read.readyHeads(lane, limit, how), ports);
  const want = (lane: Lane) => void fill(lane, lane.wanted);
  return {
    lanes: () => read.readyLanes(),
    want,
    expect: want,
    go() {},
    forget: () => fill.forget(),
    appetite: Infinity,
    idle: false,
  };
}

/** Answers whether anything was asked for. */
export interface Filling {
  (lane: Lane, asked: number, done?: () => void): boolean;
  forget(): void;
}

export function createFilling(heads: ReadHeads, { isBusy, filled, failed }: RefillPorts): Filling {
  let forgotten = 0;
  const fill = (lane: Lane, asked: number, done: () => void = () => {}) => {
    if (asked === 0) return false;
    const before = forgotten;
    const from = lane.beginRefill();
    heads(lane.name, asked, { from }).then((found) => {
      done();
      if (forgotten === before) lane.endRefill(found, { asked, isBusy });
      else lane.failRefill();
      filled(lane);
    }, (error) => {
      done();
      lane.failRefill();
      failed(lane, error);
    });
    return true;
  };
  return Object.assign(fill, { forget: () => void forgotten++ });
}
