import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Role } from "../../routes/access/principal.ts";
import { createRoute } from "../../routes/access/create_route.ts";
import { checkedRoutes } from "../../routes/checked_openapi.ts";
import type { AppEnv } from "../../routes/env.ts";
import { createDedupe } from "../../routes/middleware/dedupe.ts";
import type { CommitWatcher } from "../../runtime/events/publishing_store.ts";
import { FakeClock } from "./fake_clock.ts";

/** An app of two routes that declare `dedupe`, whose executions end when and as the test says. */
export interface DedupeRig {
  readonly clock: FakeClock;
  /** Executions so far. */
  readonly runs: number;
  committed(tenant: string | null): void;
  /** To `GET /things/{id}`, 30 s, or `PUT`, 5 s. Resolves when it runs, or waits for one that does, or is answered. */
  ask(how?: Asking): Promise<{ readonly answer: Promise<Response> }>;
  /** Ends the oldest execution that has not ended. */
  end(response: Response | Error): void;
  /** Asks and ends: what is answered, and whether that took an execution. */
  once(how?: Asking): Promise<{ readonly response: Response; readonly ran: boolean }>;
}

export interface Asking {
  readonly method?: string;
  readonly path?: string;
  readonly tenant?: string;
  readonly role?: Role;
  readonly subject?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const params = z.object({ id: z.string() });
const described = { path: "/things/{id}", access: "viewer", responses: { 200: { description: "It" } } } as const;
const read = createRoute({ ...described, method: "get", request: { params }, dedupe: { windowMs: 30_000 } });
const write = createRoute({ ...described, method: "put", request: { params }, dedupe: { windowMs: 5_000 } });

export function setupDedupe(): DedupeRig {
  const clock = new FakeClock();
  const watchers: CommitWatcher[] = [];
  const open: PromiseWithResolvers<Response>[] = [];
  let runs = 0;
  const run = async (): Promise<Response> => {
    runs++;
    const execution = Promise.withResolvers<Response>();
    open.push(execution);
    return await execution.promise;
  };
  const arrivals = new Map<string, () => void>();
  let asked = 0;
  const base = new OpenAPIHono<AppEnv>();
  base.use(async (c, next) => {
    const [tenant, role, subject] = JSON.parse(c.req.header("x-principal")!);
    c.set("principal", { tenant, role, subject, expiresAt: Infinity });
    c.set("commonHeaders", { "X-Request-Id": c.req.header("x-request-id") ?? "none" });
    c.set("body", { text: await c.req.text(), properties: 0 });
    const answered = next();
    arrivals.get(c.req.header("x-arrival")!)!();
    await answered;
    if (c.get("bearsCommonHeaders") !== true) {
      c.res.headers.set("x-request-id", c.get("commonHeaders")["X-Request-Id"]!);
    }
  });
  base.onError((thrown, c) => c.text(thrown.message, 503));
  const dedupe = createDedupe({ clock, system: { watchCommits: (watcher) => (watchers.push(watcher), () => {}) } });
  const { app } = checkedRoutes(base, dedupe).openapi(read, run as never).openapi(write, run as never);
  const rig: DedupeRig = {
    clock,
    get runs() {
      return runs;
    },
    committed: (tenant) => watchers.forEach((watcher) => watcher(tenant)),
    async ask(
      { method = "GET", path = "/things/1", tenant = "acme", role = "viewer", subject = "ann", body, headers = {} } =
        {},
    ) {
      const number = String(++asked);
      const { promise: arrived, resolve } = Promise.withResolvers<void>();
      arrivals.set(number, resolve);
      const principal = JSON.stringify([tenant, role, subject]);
      const answer = Promise.resolve(app.request(path, {
        method,
        headers: { ...headers, "x-principal": principal, "x-arrival": number, "x-request-id": number },
        ...(body === undefined ? {} : { body }),
      }));
      await arrived;
      return { answer };
    },
    end(response) {
      const execution = open.shift()!;
      if (response instanceof Error) execution.reject(response);
      else execution.resolve(response);
    },
    async once(how) {
      const before = runs;
      const { answer } = await rig.ask(how);
      const ran = runs > before;
      if (ran) rig.end(Response.json({ run: runs }));
      return { response: await answer, ran };
    },
  };
  return rig;
}
