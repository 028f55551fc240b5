import { gzipSync } from "node:zlib";
import { before, PATIENCE_MS } from "./deadline.ts";

/** One request that the outside has got. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A real HTTP server on 127.0.0.1 that a broker may call. */
export interface Outside extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly Seen[];
  /** Of the answers that are sent without an end: how many the other side has let go. */
  readonly letGo: number;
  /** Resolves at the next request to `path`. */
  next(path: string): Promise<Seen>;
  /** Resolves when `count` endless answers were let go. */
  untilLetGo(count: number): Promise<void>;
}

type Respond = (request: Request, url: URL) => Response | Promise<Response>;

const BOMB_BYTES = 64 * 1024 * 1024;

/** `/echo`, `/status/418`, `/redirect?to=...&status=307`, `/loop`, `/slow`, `/silent`, `/large`, `/bomb`; `more` comes first. */
export function openOutside(more: Readonly<Record<string, Respond>> = {}): Outside {
  const seen: Seen[] = [];
  const waiting = new Set<() => void>();
  let letGo = 0;
  const changed = () => {
    for (const look of [...waiting]) look();
  };
  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const check = () => {
        const found = look();
        if (found === undefined) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });
  const endless = (first: string) => {
    let timer: ReturnType<typeof setInterval>;
    return new ReadableStream<Uint8Array>({
      start(controller) {
        const chunk = new TextEncoder().encode(first);
        controller.enqueue(chunk);
        timer = setInterval(() => controller.enqueue(chunk), 20);
      },
      cancel() {
        clearInterval(timer);
        letGo++;
        changed();
      },
    });
  };
  const silent = (request: Request) =>
    new Promise<Response>((resolve) =>
      request.signal.addEventListener("abort", () => {
        letGo++;
        changed();
        resolve(new Response());
      })
    );
  const routes: Record<string, Respond> = {
    "/redirect": (_, { searchParams }) =>
      new Response("moved", {
        status: Number(searchParams.get("status") ?? 302),
        headers: { location: searchParams.get("to")! },
      }),
    "/loop": () => new Response(null, { status: 302, headers: { location: "/loop" } }),
    "/slow": () => new Response(endless(".")),
    "/silent": (request) => silent(request),
    "/large": () => new Response("x".repeat(1024 * 1024 + 1)),
    "/full": () => new Response("x".repeat(1024 * 1024)),
    "/bomb": () =>
      new Response(Uint8Array.from(gzipSync(new Uint8Array(BOMB_BYTES))), { headers: { "content-encoding": "gzip" } }),
    ...more,
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const url = new URL(request.url);
    const body = await request.text();
    const own: Seen = { method: request.method, path: url.pathname + url.search, headers: request.headers, body };
    seen.push(own);
    changed();
    const status = /^\/status\/(\d+)$/.exec(url.pathname)?.[1];
    if (status !== undefined) return new Response(null, { status: Number(status) });
    const respond = Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined;
    if (respond !== undefined) return await respond(request, url);
    const { method, path, headers } = own;
    return Response.json({ method, path, headers: Object.fromEntries(headers), body });
  });
  const { port } = server.addr;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    get letGo() {
      return letGo;
    },
    next(path) {
      const from = seen.length;
      const asked = until(() => seen.slice(from).find((each) => each.path === path));
      return before(asked, PATIENCE_MS, () => new Error(`Nobody asked for ${path}`));
    },
    async untilLetGo(count) {
      const gone = until(() => letGo >= count || undefined);
      await before(gone, PATIENCE_MS, () => new Error(`Of ${count} answers ${letGo} were let go`));
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
