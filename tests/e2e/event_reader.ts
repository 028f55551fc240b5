/** What one reader saw, in the order in which it saw it. */
export interface ReaderLog {
  readonly ids: number[];
  /** `gap` events that it was told of. */
  gaps: number;
  cuts: number;
}

export interface Reading {
  readonly cutAfterMs: () => number;
  readonly until: AbortSignal;
  /** As `X-Tenant`; the default one otherwise. */
  readonly tenant?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly onEvent?: (number: number, data: string) => void;
}

/** A frame of an event stream. */
export interface Frame {
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  readonly data: string;
}

/**
 * Reads the whole stream of a tenant from the beginning, as EventSource does: after each cut, its own or the server's, it
 * goes on with Last-Event-ID, at the address that the server has then.
 */
export async function readEvents(
  server: { readonly url: string },
  log: ReaderLog,
  { cutAfterMs, until, tenant, headers = {}, onEvent = () => {} }: Reading,
): Promise<void> {
  let lastId = "0";
  while (!until.aborted) {
    await readOnce(server.url, {
      headers: { "last-event-id": lastId, ...headers, ...tenant === undefined ? {} : { "x-tenant": tenant } },
      until,
      cutAfterMs: cutAfterMs(),
      onFrame({ id, event, data }) {
        if (id !== undefined) lastId = id;
        if (event === "gap") log.gaps++;
        else if (event !== undefined) {
          log.ids.push(Number(id));
          onEvent(Number(id), data);
        }
      },
    });
    log.cuts++;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function readOnce(
  url: string,
  { headers, cutAfterMs, until, onFrame }: {
    headers: Readonly<Record<string, string>>;
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
