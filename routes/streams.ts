import type { Clock } from "../runtime/mod.ts";
import { Refusal } from "./problem.ts";

/** A stream as seen by who looks after all of them. */
export interface Tended {
  /** Whether what was written last has been taken, and there is nothing to write. */
  readonly isWaiting: boolean;
  /** Whether what was written last has not been taken. */
  readonly isFull: boolean;
  /** Monotonic ms. */
  readonly writtenAt: number;
  beat(): void;
  cut(): void;
}

/** The open event streams: no more than the cap, and one timer for all of their heartbeats and cuts. */
export interface Streams {
  readonly open: number;
  /** Takes a place; call the answer once to give it back. @throws {Refusal} 503 when all are taken */
  enter(): () => void;
  /** Has it beat and cut until the answer is called. */
  tend(stream: Tended): () => void;
}

const HEARTBEAT_MS = 15_000;
const FULL_MS = 30_000;
const TICK_MS = 250;
/** Of all streams, those that beat in one tick: when an event has reached all at once, their heartbeats spread again. */
const BEATING_SHARE = 1 / 16;
const BEATING_LEAST = 64;

export function createStreams(max: number, clock: Clock): Streams {
  const tended = new Set<Tended>();
  let open = 0;
  let stopTicks = () => {};
  const tick = () => {
    stopTicks = clock.after(TICK_MS, tick);
    const now = clock.monotonic();
    let beats = Math.max(BEATING_LEAST, tended.size * BEATING_SHARE);
    for (const stream of tended) {
      const quietMs = now - stream.writtenAt;
      if (quietMs < HEARTBEAT_MS) continue;
      if (stream.isFull) {
        if (quietMs >= FULL_MS) stream.cut();
      } else if (stream.isWaiting && beats-- > 0) stream.beat();
    }
  };
  return {
    get open() {
      return open;
    },
    enter() {
      if (open >= max) {
        throw new Refusal(503, "All event streams are taken: try again later", { headers: { "Retry-After": "5" } });
      }
      open++;
      let left = false;
      return () => {
        if (!left) open--;
        left = true;
      };
    },
    tend(stream) {
      if (tended.size === 0) stopTicks = clock.after(TICK_MS, tick);
      tended.add(stream);
      return () => {
        if (tended.delete(stream) && tended.size === 0) stopTicks();
      };
    },
  };
}
