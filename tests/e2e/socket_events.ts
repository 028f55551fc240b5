import type { ReaderLog, Reading } from "./event_reader.ts";

/** Reads the whole log of a tenant by WebSocket: after each cut, its own or the server's, it resumes behind what it has seen. */
export async function readSocketEvents(
  server: { readonly url: string },
  log: ReaderLog,
  { cutAfterMs, until, tenant = "demo", onEvent = () => {} }: Reading,
): Promise<void> {
  let lastId = 0;
  while (!until.aborted) {
    const url = `${server.url.replace("http", "ws")}/api/notifications/ws?tenant=${tenant}&lastEventId=${lastId}`;
    await readOnce(url, {
      until,
      cutAfterMs: cutAfterMs(),
      onMessage(text) {
        const { type, id, events = [] } = JSON.parse(text);
        if (id !== undefined) lastId = id;
        if (type === "gap") log.gaps++;
        for (const event of events) {
          log.ids.push(event.id);
          onEvent(event.id, JSON.stringify(event));
        }
      },
    });
    log.cuts++;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function readOnce(
  url: string,
  { cutAfterMs, until, onMessage }: {
    cutAfterMs: number;
    until: AbortSignal;
    onMessage: (text: string) => void;
  },
): Promise<void> {
  const socket = new WebSocket(url);
  const closed = new Promise<void>((resolve) => socket.onclose = () => resolve());
  const cut = () => socket.close();
  socket.onerror = () => {};
  // What arrives after this reader has gone is seen by nobody.
  socket.onmessage = ({ data }) => socket.readyState === WebSocket.OPEN && onMessage(data);
  const timer = setTimeout(cut, cutAfterMs);
  until.addEventListener("abort", cut);
  await closed;
  clearTimeout(timer);
  until.removeEventListener("abort", cut);
}
