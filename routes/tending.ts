import type { Clock } from "../runtime/mod.ts";
import type { Principal } from "./access/principal.ts";

/** A stream as seen by who looks after all of them. */
export interface Tended {
  /** Whether what was written last has been taken, and there is nothing to write. */
  readonly isWaiting: boolean;
  /** Whether what was written last has not been taken. */
  readonly isFull: boolean;
  /** Monotonic ms. */
  readonly writtenAt: number;
  /** Who reads it. */
  readonly principal: Principal;
  /** `now` in monotonic ms. */
  beat(now: number): void;
  cut(): void;
  /** Ends it with the wish that the reader comes back. */
  finish(): void;
}

/** `stream` beats and is cut until the answer is called. */
export interface Tending {
  tend(stream: Tended): () => void;
  readonly all: Iterable<Tended>;
}

const HEARTBEAT_MS = 15_000;
const FULL_MS = 30_000;
const TICK_MS = 250;
/** More ticks than lie ahead of anyone. */
const SLOTS = 64;
/** Of all streams, those that beat in one tick: when an event has reached all at once, their heartbeats spread again. */
const BEATING_SHARE = 1 / 16;
const BEATING_LEAST = 64;

interface Place {
  readonly stream: Tended;
  /** Null when it is tended no more. */
  slot: Set<Place> | null;
}

/**
 * One timer for the heartbeats and cuts of all streams. A stream is looked at when it would be due had it not been
 * written to since, so writing costs nothing here, and an idle stream one look a heartbeat.
 * @see Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987
 */
export function createTending(clock: Clock): Tending {
  const slots = Array.from({ length: SLOTS }, () => new Set<Place>());
  let size = 0;
  let ticks = 0;
  let beatsLeft = 0;
  let stopTicks = () => {};

  const put = (place: Place, inMs: number) => {
    const ahead = Math.max(1, Math.ceil(inMs / TICK_MS));
    place.slot = slots[(ticks + ahead) % SLOTS]!;
    place.slot.add(place);
  };
  /** Answers in how many ms to look again. */
  const look = (stream: Tended, now: number): number => {
    const quietMs = now - stream.writtenAt;
    if (quietMs < HEARTBEAT_MS) return HEARTBEAT_MS - quietMs;
    if (stream.isFull && quietMs < FULL_MS) return FULL_MS - quietMs;
    if (stream.isFull) stream.cut();
    else if (stream.isWaiting && beatsLeft > 0) {
      beatsLeft--;
      stream.beat(now);
      return HEARTBEAT_MS;
    }
    return TICK_MS;
  };
  const tick = () => {
    stopTicks = clock.after(TICK_MS, tick);
    beatsLeft = Math.max(BEATING_LEAST, size * BEATING_SHARE);
    const now = clock.monotonic();
    const slot = ++ticks % SLOTS;
    const places = slots[slot]!;
    slots[slot] = new Set();
    for (const place of places) {
      const inMs = look(place.stream, now);
      // It may have been cut.
      if (place.slot !== null) put(place, inMs);
    }
  };
  const tend: Tending["tend"] = (stream) => {
    if (size++ === 0) stopTicks = clock.after(TICK_MS, tick);
    const place: Place = { stream, slot: null };
    put(place, HEARTBEAT_MS);
    return () => {
      if (place.slot === null) return;
      place.slot.delete(place);
      place.slot = null;
      if (--size === 0) stopTicks();
    };
  };
  return {
    tend,
    get all() {
      return slots.values().flatMap((places) => [...places]).map(({ stream }) => stream);
    },
  };
}
