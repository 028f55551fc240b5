import type { RunningServer } from "../support/running_server.ts";

/** What one reader saw, in the order in which it saw it. */
export interface ReaderLog {
  readonly ids: number[];
  /** `gap` events that it was told of. */
  gaps: number;
  cuts: number;
}

/** A frame of an event stream. */
export interface Frame {
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  readonly data: string;
}

/**
 * Reads the whole stream of the default tenant from the beginning, as EventSource does: after each cut, its own or the
 * server's, it goes on with Last-Event-ID.
 */
export async function readEvents(
  server: RunningServer,
  log: ReaderLog,
  { cutAfterMs, until }: { cutAfterMs: () => number; until: AbortSignal },
): Promise<void> {
  let lastId = "0";
  while (!until.aborted) {
    await readOnce(server.url, {
      lastId,
      until,
      cutAfterMs: cutAfterMs(),
      onFrame({ id, event }) {
        if (id !== undefined) lastId = id;
        if (event === "gap") log.gaps++;
        else if (event !== undefined) log.ids.push(Number(id));
      },
    });
    log.cuts++;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function readOnce(
  url: string,
  { lastId, cutAfterMs, until, onFrame }: {
    lastId: string;
    cutAfterMs: number;
    until: AbortSignal;
    onFrame: (frame: Frame) => void;
  },
): Promise<void> {
  const cut = new AbortController();
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const onOver = () => {
    cut.abort();
    reader?.cancel().catch(() => {});
  };
  until.addEventListener("abort", onOver);
  const timer = setTimeout(onOver, cutAfterMs);
  try {
    const headers = { "last-event-id": lastId };
    const response = await fetch(`${url}/api/notifications/stream`, { headers, signal: cut.signal });
    if (response.status !== 200) return await response.body?.cancel();
    reader = response.body!.getReader();
    const split = createSplitter(onFrame);
    for (let read = await reader.read(); !read.done; read = await reader.read()) split(read.value);
  } catch {
    // Cut off, by us or by a kill.
  } finally {
    clearTimeout(timer);
    until.removeEventListener("abort", onOver);
  }
}

/** Takes bytes in as they come and tells whole frames; what is cut off is none. */
export function createSplitter(onFrame: (frame: Frame) => void): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = "";
  return (bytes) => {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
    rest = parts.pop()!;
    for (const part of parts) {
      const fields = part.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line)).filter((found) => found !== null);
      const valueOf = (name: string) => fields.findLast((field) => field[1] === name)?.[2];
      const data = fields.filter((field) => field[1] === "data").map((field) => field[2]).join("\n");
      onFrame({ id: valueOf("id"), event: valueOf("event"), data });
    }
  };
}
