import type { Clock, FeedReader, FeedStep, StoredEvent } from "../runtime/mod.ts";
import type { Principal } from "./access/principal.ts";
import { chunkOf, type Format } from "./event_chunks.ts";
import type { GapStep } from "./event_json.ts";
import { heartbeatFrame, retryFrame } from "./sse_frames.ts";
import type { Streams } from "./streams.ts";
import type { Tended } from "./tending.ts";

/*
 * The writer of an event stream: a cursor over the tenant's log, written out as fast as the reader takes it.
 *
 *   waiting ──step──► full ──taken──► waiting          (a chunk is made only when the reader asks for one)
 *   waiting ──15 s──► heartbeat: full ──taken──► waiting
 *   full for 30 s ──► cut;  feed closed, last event, reader gone, its token over ──► ended
 *
 * Invariants.
 * - Nothing queues up: of a step only one chunk is written, the next when that is taken. So a reader that does not read
 *   holds one chunk and the page of events it comes from, mostly shared with others, and delays nobody.
 * - `sent` is the number up to which every event has been written or was not for this reader; heartbeats carry it, never
 *   the feed's own cursor, which may be ahead of what was written.
 * - However it ends, the frames that were written are whole, so a reader resumes after the last one it has seen.
 *
 * An idle stream is this object, the feed's cursor and the platform's stream: no timer, signal or promise of its own.
 */

export interface GapNotice {
  readonly text: string;
  readonly isLast: boolean;
}

export interface EventStream {
  readonly reader: FeedReader;
  readonly clock: Clock;
  readonly streams: Streams;
  /** Written before anything else. */
  readonly opening: string;
  readonly format: Format;
  /** Who reads: no event is written after what they have shown has ended, and no heartbeat. */
  readonly principal: Principal;
  /** What to say when the reader's place in the log is no more, and whether the stream is over with that. */
  readonly writeGap: (step: GapStep) => GapNotice | Promise<GapNotice>;
  /** The reader has not read for 30 s; it can resume. */
  readonly onCut: () => void;
  /** Once, however it ends. */
  readonly onEnd: () => void;
}

export function openEventStream(stream: EventStream): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(new EventWriter(stream), { highWaterMark: 0 });
}

const encoder = new TextEncoder();
const encoded = (frames: string) => encoder.encode(frames);
const RETRY = encoder.encode(retryFrame());

class EventWriter implements UnderlyingDefaultSource<Uint8Array>, Tended {
  readonly #stream: EventStream;
  readonly #untend: () => void;
  readonly #onStep = (step: FeedStep | null) => this.#arrived(step);
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #sent: number;
  #page: readonly StoredEvent[] | null = null;
  #from = 0;
  #status: "writing" | "asked" | "last" | "over" = "writing";
  isFull = false;
  writtenAt = 0;

  constructor(stream: EventStream) {
    this.#stream = stream;
    this.#sent = stream.reader.cursor;
    this.#untend = stream.streams.tend(this);
  }

  get principal(): Principal {
    return this.#stream.principal;
  }

  get isWaiting(): boolean {
    return this.#status === "asked" && !this.isFull;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    this.#put(encoder.encode(this.#stream.opening));
  }

  /** What was written is taken. Heartbeats are taken, too, while the feed's answer is awaited. */
  pull(): void {
    this.isFull = false;
    if (this.#status !== "asked") this.#guarded(() => this.#goOn());
  }

  cancel(): void {
    this.#end();
  }

  beat(now: number): void {
    if (this.#isOut()) this.finish();
    else this.#put(heartbeatOf(this.#sent), now);
  }

  cut(): void {
    this.#stream.onCut();
    this.#end();
    this.#controller.close();
  }

  #goOn(): void {
    if (this.#isOut()) return this.finish();
    while (this.#page !== null) {
      const chunk = chunkOf(this.#page, this.#from, this.#stream.format, encoded);
      this.#sent = chunk.upTo;
      this.#from = chunk.next;
      if (chunk.isLast) this.#status = "last";
      if (chunk.isLast || chunk.next === this.#page.length) this.#page = null;
      if (chunk.piece !== null) return this.#put(chunk.piece);
    }
    if (this.#status === "last") return this.finish();
    if (this.#status === "over") return;
    this.#status = "asked";
    this.#stream.reader.next(this.#onStep);
  }

  #arrived(step: FeedStep | null): void {
    if (this.#status === "over") return;
    this.#guarded(() => {
      if (step === null) return this.finish();
      if (step.step !== "events") return this.#tellGap(step);
      this.#status = "writing";
      this.#page = step.events;
      this.#from = 0;
      if (!this.isFull) this.#goOn();
    });
  }

  #tellGap(step: GapStep): void {
    const put = ({ text, isLast }: GapNotice) => {
      if (this.#status === "over") return;
      this.#sent = this.#stream.reader.cursor;
      this.#status = isLast ? "last" : "writing";
      this.#put(encoder.encode(text));
    };
    const notice = this.#stream.writeGap(step);
    if (notice instanceof Promise) notice.then(put).catch(() => this.finish());
    else put(notice);
  }

  #isOut(): boolean {
    const { principal: { expiresAt }, clock } = this.#stream;
    return expiresAt !== Infinity && clock.now() >= expiresAt;
  }

  /** A writer that fails is over, and no concern of those that are told after it. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch {
      this.finish();
    }
  }

  /** The platform asks for more within this call when it has taken the bytes. */
  #put(bytes: Uint8Array, now: number = this.#stream.clock.monotonic()): void {
    this.isFull = true;
    this.writtenAt = now;
    this.#controller.enqueue(bytes);
  }

  /** The reader is told when to come back. */
  finish(): void {
    if (this.#status === "over") return;
    this.#end();
    try {
      this.#controller.enqueue(RETRY);
      this.#controller.close();
    } catch {
      // The platform has ended it.
    }
  }

  #end(): void {
    if (this.#status === "over") return;
    this.#status = "over";
    this.#page = null;
    this.#untend();
    this.#stream.reader.end();
    this.#stream.onEnd();
  }
}

let newest = { id: -1, bytes: RETRY };

/** Most streams of a tenant are at the same place. */
function heartbeatOf(id: number): Uint8Array {
  if (newest.id !== id) newest = { id, bytes: encoder.encode(heartbeatFrame(id)) };
  return newest.bytes;
}
