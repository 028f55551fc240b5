import type { Clock, FeedReader, FeedStep, StoredEvent } from "../runtime/mod.ts";
import type { Principal } from "./access/principal.ts";
import type { Holding } from "./draining.ts";
import { chunkOf, type Format } from "./event_chunks.ts";
import { eventMembers, gapOf, type GapStep } from "./event_json.ts";
import { isOfTopics, type Topics, topicsKey } from "./event_topics.ts";
import { problemSaid, readAsked, type Said, topicsAfter, write } from "./socket_messages.ts";
import type { Streams } from "./streams.ts";
import type { Tended } from "./tending.ts";

/*
 * The writer of a WebSocket: a cursor over the tenant's log, as that of an event stream (sse.ts) is, which the socket's
 * buffer holds back where there the reader does.
 *
 *   writing ──nothing left──► asked ──step──► writing     (asked: of the feed)
 *   writing ──64 KiB not taken──► full ──taken──► writing
 *   full for 30 s ──► cut;  feed closed, reader gone, its token over, too many messages ──► over
 *
 * Invariants.
 * - A reader that does not read holds 64 KiB and one chunk more, and the page of events that this comes from, mostly shared.
 * - `sent` is the number up to which every event has been written or was not for this reader; whatever is said carries it.
 * - A change of topics is about the events behind the number that its answer says.
 * - The platform pings the other side, and ends what does not answer.
 */

/** Why the server ends it; 4000 and above are for programs to define, and these follow the statuses of HTTP. @see RFC 6455, 7.4 */
export const CLOSED = {
  signedOut: [4401, "what it was opened with is over"],
  notRead: [4408, "nothing was read for 30 s: resume"],
  tooMany: [4429, "more than 600 messages within a minute"],
  comeBack: [4503, "resume in a moment"],
} as const satisfies Record<string, readonly [code: number, reason: string]>;

export interface SocketStream {
  readonly reader: FeedReader;
  readonly clock: Clock;
  readonly streams: Pick<Streams, "tend" | "draining">;
  readonly principal: Principal;
  readonly topics: Topics;
  /** The reader has not read for 30 s; it can resume. */
  readonly onCut: () => void;
  /** Once, however it ends. */
  readonly onEnd: () => void;
}

/** What a connection may hold that its reader has not taken. */
const MOST_HELD_BYTES = 64 * 1024;

const HEARD_A_MINUTE = 600;
const MINUTE_MS = 60_000;

/** Sends what there is, from when the socket is open. */
export function openSocketStream(socket: WebSocket, stream: SocketStream): void {
  const writer = new SocketWriter(socket, stream);
  socket.onopen = () => writer.open();
  socket.onmessage = ({ data }) => writer.heard(data);
  socket.onclose = socket.onerror = () => writer.left();
}

class SocketWriter implements Tended, Holding {
  readonly #socket: WebSocket;
  readonly #stream: SocketStream;
  readonly #onStep = (step: FeedStep | null) => this.#arrived(step);
  readonly #untend: () => void;
  #topics: Topics;
  #format: Format;
  #sent: number;
  #page: readonly StoredEvent[] | null = null;
  #from = 0;
  #status: "opening" | "writing" | "asked" | "over" = "opening";
  /** Messages of the reader since then. */
  #heard = 0;
  #countedFrom = -Infinity;
  isFull = false;
  writtenAt: number;

  constructor(socket: WebSocket, stream: SocketStream) {
    this.#socket = socket;
    this.#stream = stream;
    this.#sent = stream.reader.cursor;
    this.#topics = stream.topics;
    this.#format = formatOf(stream.topics);
    this.writtenAt = stream.clock.monotonic();
    this.#untend = stream.streams.tend(this);
  }

  get principal(): Principal {
    return this.#stream.principal;
  }

  get isWaiting(): boolean {
    return this.#status === "asked" && !this.isFull;
  }

  get hasRoom(): boolean {
    return this.#status === "over" || this.#socket.bufferedAmount < MOST_HELD_BYTES;
  }

  open(): void {
    if (this.#status !== "opening") return;
    this.#status = "writing";
    this.#sayTopics();
    this.#write();
  }

  /** What the reader says. */
  heard(data: unknown): void {
    if (this.#status === "over" || this.#status === "opening") return;
    if (this.#isTooMany()) return this.#close("tooMany");
    try {
      const asked = readAsked(data);
      if (asked.type === "ping") return this.#say({ type: "pong", id: this.#sent });
      this.#topics = topicsAfter(this.#topics, asked);
      this.#format = formatOf(this.#topics);
      this.#sayTopics();
    } catch (thrown) {
      this.#say(problemSaid(thrown));
    }
  }

  /** It has room again. */
  goOn(): void {
    this.isFull = false;
    this.#write();
  }

  beat(now: number): void {
    if (this.#isOut()) this.#close("signedOut");
    else this.#say({ type: "place", id: this.#sent }, now);
  }

  cut(): void {
    this.#stream.onCut();
    this.#close("notRead");
  }

  /** Ends it with the wish that the reader comes back. */
  finish(): void {
    this.#close(this.#isOut() ? "signedOut" : "comeBack");
  }

  /** The reader is gone. */
  left(): void {
    if (this.#status === "over") return;
    this.#status = "over";
    this.#page = null;
    this.#untend();
    this.#stream.reader.end();
    this.#stream.onEnd();
  }

  #write(): void {
    while (this.#status === "writing" && !this.isFull) {
      if (this.#isOut()) return this.#close("signedOut");
      if (this.#page === null) {
        this.#status = "asked";
        // It may answer at once.
        this.#stream.reader.next(this.#onStep);
      } else {
        const chunk = chunkOf(this.#page, this.#from, this.#format, eventsText);
        this.#sent = chunk.upTo;
        this.#from = chunk.next;
        if (chunk.next === this.#page.length) this.#page = null;
        if (chunk.piece !== null) this.#send(chunk.piece);
      }
    }
  }

  #arrived(step: FeedStep | null): void {
    if (this.#status === "over") return;
    if (step === null) return this.finish();
    this.#status = "writing";
    if (step.step === "events") {
      this.#page = step.events;
      this.#from = 0;
    } else this.#sayGap(step);
    // Not within the feed's walk over those that wait, and no deeper with each step.
    queueMicrotask(() => this.#write());
  }

  #sayGap(step: GapStep): void {
    const { id, told } = gapOf(step);
    this.#sent = id;
    this.#send(JSON.stringify({ ...told, id }));
  }

  #sayTopics(): void {
    this.#say({ type: "topics", id: this.#sent, topics: this.#topics });
  }

  #say(said: Said, now?: number): void {
    this.#send(write(said), now);
  }

  #send(text: string, now: number = this.#stream.clock.monotonic()): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return this.left();
    this.#socket.send(text);
    if (this.isFull) return;
    this.writtenAt = now;
    if (this.hasRoom) return;
    this.isFull = true;
    this.#stream.streams.draining.await(this);
  }

  #isTooMany(): boolean {
    const now = this.#stream.clock.monotonic();
    if (now - this.#countedFrom >= MINUTE_MS) {
      this.#countedFrom = now;
      this.#heard = 0;
    }
    return ++this.#heard > HEARD_A_MINUTE;
  }

  #isOut(): boolean {
    const { principal: { expiresAt }, clock } = this.#stream;
    return expiresAt !== Infinity && clock.now() >= expiresAt;
  }

  #close(why: keyof typeof CLOSED): void {
    if (this.#status === "over") return;
    this.left();
    const [code, reason] = CLOSED[why];
    this.#socket.close(code, reason);
  }
}

function formatOf(topics: Topics): Format {
  return {
    key: `socket ${topics === null ? "everything" : `of ${topicsKey(topics)}`}`,
    write: (event) => isOfTopics(event, topics) ? `,{"id":${event.number},${eventMembers(event)}}` : null,
  };
}

/** `frames` begin with a comma each. */
function eventsText(frames: string, upTo: number): string {
  return `{"type":"events","id":${upTo},"events":[${frames.slice(1)}]}`;
}
