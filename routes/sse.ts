import type { CancelTimer, Clock, FeedReader, FeedStep, StoredEvent } from "../runtime/mod.ts";
import { heartbeatFrame, retryFrame } from "./sse_frames.ts";

/*
 * The writer of an event stream: a cursor over the tenant's log, written out as fast as the reader takes it.
 *
 *   waiting ──step──► writing ──taken──► waiting          (a chunk is made only when the reader asks for one)
 *   waiting ──15 s──► heartbeat ──taken──► waiting
 *   not taken for 30 s ──► cut;  feed closed, last event, reader gone ──► ended
 *
 * Invariants.
 * - Nothing queues up: of a step only one chunk is encoded, the next when that is taken. So a reader that does not read
 *   holds one chunk and the page of events it comes from, and delays nobody.
 * - `sent` is the number up to which every event has been written or was not for this reader; heartbeats carry it, never
 *   the feed's own cursor, which may be ahead of what was written.
 * - However it ends, the frames that were written are whole, so a reader resumes after the last one it has seen.
 */

const HEARTBEAT_MS = 15_000;
const FULL_MS = 30_000;
const CHUNK_CHARS = 48 * 1024;

export type GapStep = Exclude<FeedStep, { step: "events" }>;

export interface GapNotice {
  readonly text: string;
  readonly isLast: boolean;
}

export interface EventStream {
  readonly reader: FeedReader;
  readonly clock: Clock;
  /** Written before anything else. */
  readonly opening: string;
  /** The event as a frame; null when it is not for this reader. */
  readonly write: (event: StoredEvent) => string | null;
  /** What to say when the reader's place in the log is no more, and whether the stream is over with that. */
  readonly writeGap: (step: GapStep) => GapNotice | Promise<GapNotice>;
  /** Whether the stream is over after this event. */
  readonly isLast?: (event: StoredEvent) => boolean;
  /** The reader has not read for 30 s; it can resume. */
  readonly onCut: () => void;
  /** Once, however it ends. */
  readonly onEnd: () => void;
}

export function openEventStream(stream: EventStream): ReadableStream<Uint8Array> {
  const { reader, clock } = stream;
  const steps = new Steps(reader, clock);
  let sent = reader.cursor;
  let events: readonly StoredEvent[] = [];
  let done = 0;
  let over = false;
  let last = false;
  let cancelCut: CancelTimer = () => {};

  const end = () => {
    if (over) return;
    over = true;
    cancelCut();
    steps.end();
    reader.end();
    stream.onEnd();
  };

  /** The frames of the events at hand, up to a chunk's size; empty when none was for this reader. */
  const nextFrames = (): string => {
    let text = "";
    while (!last && done < events.length && text.length < CHUNK_CHARS) {
      const event = events[done++]!;
      text += stream.write(event) ?? "";
      sent = event.number;
      last = stream.isLast?.(event) ?? false;
    }
    return text;
  };

  /** What is to be written next; null when there is nothing more. */
  const next = async (): Promise<string | null> => {
    for (;;) {
      const text = nextFrames();
      if (text !== "") return text;
      if (last) return null;
      const step = await steps.next();
      if (step === "heartbeat") return heartbeatFrame(sent);
      if (step === null) return null;
      if (step.step === "events") [events, done] = [step.events, 0];
      else {
        const { text, isLast } = await stream.writeGap(step);
        [sent, last] = [reader.cursor, isLast];
        return text;
      }
    }
  };

  const encoder = new TextEncoder();
  const put = (controller: ReadableStreamDefaultController<Uint8Array>, text: string) => {
    controller.enqueue(encoder.encode(text));
    cancelCut = clock.after(FULL_MS, () => {
      stream.onCut();
      end();
      controller.close();
    });
  };

  return new ReadableStream<Uint8Array>({
    start: (controller) => put(controller, stream.opening),
    async pull(controller) {
      cancelCut();
      const text = await next().catch(() => null);
      if (over) return;
      if (text !== null) return put(controller, text);
      end();
      controller.enqueue(encoder.encode(retryFrame()));
      controller.close();
    },
    cancel: end,
  }, { highWaterMark: 0 });
}

/** Asks a feed reader for its next step and tells when that takes long. One call at a time. */
class Steps {
  readonly #reader: FeedReader;
  readonly #clock: Clock;
  readonly #gone = new AbortController();
  #asked = false;
  #arrived: { readonly step: FeedStep | null } | null = null;
  #wake: () => void = () => {};

  constructor(reader: FeedReader, clock: Clock) {
    this.#reader = reader;
    this.#clock = clock;
  }

  /** Null when the feed has closed, cannot be read, or this was ended. */
  async next(): Promise<FeedStep | "heartbeat" | null> {
    if (!this.#asked) this.#ask();
    if (this.#arrived === null) await this.#waited();
    if (this.#arrived === null) return "heartbeat";
    const { step } = this.#arrived;
    this.#arrived = null;
    this.#asked = false;
    return step;
  }

  end(): void {
    this.#gone.abort();
    this.#wake();
  }

  /** The question stays open over heartbeats, so it is asked, and listened to, once. */
  #ask(): void {
    this.#asked = true;
    const arrive = (step: FeedStep | null) => {
      this.#arrived = { step };
      this.#wake();
    };
    this.#reader.next(this.#gone.signal).then(arrive, () => arrive(null));
  }

  #waited(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(HEARTBEAT_MS, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
