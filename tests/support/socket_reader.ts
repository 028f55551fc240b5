/** A message of the notifications' socket. */
export interface SocketMessage {
  readonly type: string;
  readonly id: number;
  // deno-lint-ignore no-explicit-any -- each type of message has members of its own
  readonly [member: string]: any;
}

/** A client of the notifications' socket that takes messages one by one. */
export interface SocketReader {
  /** The next message; null when the socket is closed. */
  next(): Promise<SocketMessage | null>;
  /** The ids of the next so many events. */
  ids(count: number): Promise<readonly number[]>;
  say(message: unknown): void;
  /** How it was closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  close(): Promise<void>;
}

/** @throws {Error} when the server does not open it */
export async function readSocket(url: string, headers: Readonly<Record<string, string>> = {}): Promise<SocketReader> {
  // The types of browsers, by which pages are checked, know no headers.
  const socket = new WebSocket(url.replace(/^http/, "ws"), { headers } as never);
  const arrived: SocketMessage[] = [];
  let wake = () => {};
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  let isOver = false;
  socket.onopen = () => opened.resolve();
  socket.onerror = (event) => opened.reject(new Error((event as ErrorEvent).message));
  socket.onmessage = ({ data }) => {
    arrived.push(JSON.parse(data));
    wake();
  };
  socket.onclose = ({ code, reason }) => {
    isOver = true;
    closed.resolve({ code, reason });
    wake();
  };
  await opened.promise;
  const next = async () => {
    while (arrived.length === 0 && !isOver) await new Promise<void>((resolve) => wake = resolve);
    return arrived.shift() ?? null;
  };
  return {
    next,
    async ids(count) {
      const ids: number[] = [];
      while (ids.length < count) {
        const message = await next();
        if (message === null) throw new Error(`Closed after ${ids.length} of ${count} events`);
        if (message.type === "events") ids.push(...message.events.map(({ id }: { id: number }) => id));
      }
      return ids;
    },
    say: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    closed: closed.promise,
    async close() {
      socket.close();
      await closed.promise;
    },
  };
}
