import { createParser } from "eventsource-parser";

/** One event of a stream, as `EventSource` tells it. */
export interface StreamedEvent {
  /** Where to resume: what `Last-Event-ID` says after it. */
  readonly id: string;
  readonly type: string;
  /** JSON text, on the streams of this server. */
  readonly data: string;
}

export interface FollowOptions {
  /** Sent along, a bearer token for one; a function is asked before each connection. */
  readonly headers?: Headers | (() => Headers | Promise<Headers>);
  /** A ticket for `?ticket=`, asked for before each connection: where a header cannot be had. */
  readonly ticket?: () => Promise<string>;
  /** Begin after this event; `"0"` is the beginning of the log. */
  readonly lastEventId?: string;
  /** Ends the following; the iterator throws its reason. */
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
  /** From 0 to below 1. */
  readonly random?: () => number;
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

type Headers = Readonly<Record<string, string>>;

/** The server will not let this reader follow this stream, now or later. */
export class EventStreamError extends Error {
  override readonly name = "EventStreamError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Until the server has said another `retry:`. */
const RETRY_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** The server says something every 15 s; a connection this silent is dead. */
const SILENCE_MS = 45_000;
const LONGEST_EVENT_CHARS = 8 * 1024 * 1024;
const WORTH_A_RETRY = [408, 425, 429];

/** How far a reader has come, and what it was told of coming back. */
interface Place {
  id: string;
  retryMs: number;
  /** Attempts since it last heard anything. */
  failures: number;
}

/**
 * The events of a stream, over as many connections as it takes: without a gap and without a duplicate, since each one resumes
 * after what the one before has brought; what only moves the place (a heartbeat) counts. After a cut it waits as long as
 * `retry:` says and up to as long again, twice as much with each failure in a row. It ends when the server answers 204, and
 * reads no faster than it is asked.
 *
 * @throws {EventStreamError} when the server refuses, 401 for one; the signal's reason
 */
export async function* followEvents(
  url: string | URL,
  options: FollowOptions = {},
): AsyncGenerator<StreamedEvent, void, undefined> {
  const { signal, random = Math.random, wait = pause } = options;
  const place: Place = { id: options.lastEventId ?? "", retryMs: RETRY_MS, failures: 0 };
  for (;;) {
    const answer = await connect(url, place, options);
    if (answer === "over") return;
    if (answer.body !== null) yield* eventsIn(answer.body, place);
    signal?.throwIfAborted();
    const backoffMs = Math.min(LONGEST_PAUSE_MS, place.retryMs * 2 ** place.failures++);
    await wait(Math.max(place.retryMs + random() * backoffMs, answer.retryAfterMs), signal);
  }
}

/** Without a body: not now. */
interface Connection {
  readonly body: ReadableStream<Uint8Array> | null;
  readonly retryAfterMs: number;
}

async function connect(url: string | URL, { id }: Place, options: FollowOptions): Promise<Connection | "over"> {
  const { signal, ticket, headers, fetch: request = fetch } = options;
  const address = new URL(url, globalThis.location?.href);
  if (ticket !== undefined) address.searchParams.set("ticket", await ticket());
  const own = typeof headers === "function" ? await headers() : headers;
  const init: RequestInit = {
    headers: { ...own, Accept: "text/event-stream", ...(id === "" ? {} : { "Last-Event-ID": id }) },
    cache: "no-store",
    ...(signal === undefined ? {} : { signal }),
  };
  const response = await request(address, init).catch(() => null);
  signal?.throwIfAborted();
  if (response === null) return { body: null, retryAfterMs: 0 };
  const { status } = response;
  if (status === 200 && response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return { body: response.body, retryAfterMs: 0 };
  }
  const detail = (await response.text().catch(() => "")).slice(0, 500);
  if (status === 204) return "over";
  if (status < 500 && !WORTH_A_RETRY.includes(status)) {
    throw new EventStreamError(status, `The event stream was answered ${status}: ${detail}`);
  }
  return { body: null, retryAfterMs: 1_000 * (Number(response.headers.get("retry-after")) || 0) };
}

/** All that arrives until the connection ends, however it does; half an event at its end is none. */
async function* eventsIn(
  body: ReadableStream<Uint8Array>,
  place: Place,
): AsyncGenerator<StreamedEvent, void, undefined> {
  const arrived: StreamedEvent[] = [];
  const parser = createParser({
    onId: (id) => void (place.id = id),
    onRetry: (ms) => void (place.retryMs = ms),
    onEvent: ({ event = "message", data }) => void arrived.push({ id: place.id, type: event, data }),
    onError(error) {
      if (error.type === "max-buffer-size-exceeded") throw error;
    },
    maxBufferSize: LONGEST_EVENT_CHARS,
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (let bytes = await next(reader); bytes !== null; bytes = await next(reader)) {
      place.failures = 0;
      parser.feed(decoder.decode(bytes, { stream: true }));
      yield* arrived.splice(0);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Null when the connection has ended, broken or fallen silent. */
async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<null>((resolve) => timer = setTimeout(resolve, SILENCE_MS, null));
  const chunk = reader.read().then(({ value }) => value ?? null, () => null);
  return await Promise.race([chunk, silence]).finally(() => clearTimeout(timer));
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
