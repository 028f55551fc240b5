import { join } from "node:path";
import { sleep, systemClock } from "../../runtime/core/clock.ts";
import { before, PATIENCE_MS } from "./deadline.ts";
import { migratedDatabase } from "./migrated_postgres.ts";
import { type ServedNode, servedRegistry, serveNode } from "./served_node.ts";

/** A node that is asked over HTTP as the tenant acme, on an engine; it may call nobody. */
export interface ParcelRoutesRig extends AsyncDisposable, Pick<ServedNode, "send" | "system" | "fatal"> {
  /** Of SQLite. */
  readonly path: string;
  /** @throws {Error} unless the answer is of this status */
  // deno-lint-ignore no-explicit-any -- each path has an answer of its own
  ask(status: number, method: string, path: string, body?: unknown): Promise<any>;
  /** The answer to a GET once it is as it should be. */
  // deno-lint-ignore no-explicit-any -- as above
  until(path: string, isReady: (answer: any) => boolean): Promise<any>;
  /** A stream that reads from nowhere, paused so that nothing of it goes on. */
  paused(name: string, more?: object): Promise<void>;
  /** All items of a list, in pages of `limit`. */
  // deno-lint-ignore no-explicit-any -- as above
  walk(path: string, limit: number): Promise<any[]>;
}

const TRIES = 5;

export async function openParcelRoutes(engine: "sqlite" | "postgres"): Promise<ParcelRoutesRig> {
  const place = engine === "sqlite" ? await folder() : await migratedDatabase(servedRegistry);
  const databaseUrl = "url" in place ? place.url : `sqlite:${place.path}`;
  const node = await serveNode({ databaseUrl });
  const ask: ParcelRoutesRig["ask"] = async (status, method, path, body) => {
    let response = await node.send(method, path, body);
    let text = await response.text();
    // As it asks for, where the machine is too busy for the database: what is pushed twice is applied once.
    for (let tries = 0; response.status === 503 && status !== 503 && tries < TRIES; tries++) {
      await sleep(systemClock, Number(response.headers.get("Retry-After")) * 1_000);
      response = await node.send(method, path, body);
      text = await response.text();
    }
    if (response.status !== status) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  const until: ParcelRoutesRig["until"] = async (path, isReady) => {
    let news = Promise.withResolvers<void>();
    const end = node.system.watchCommits(() => news.resolve());
    let isLate = false;
    const looking = async () => {
      for (;;) {
        const answer = await (await node.send("GET", path)).json();
        if (isLate || isReady(answer)) return answer;
        await news.promise;
        news = Promise.withResolvers();
      }
    };
    return await before(looking(), PATIENCE_MS, () => new Error(`Waited in vain for ${path}: ${isReady}`)).finally(
      () => {
        isLate = true;
        end();
        news.resolve();
      },
    );
  };
  return {
    send: node.send,
    system: node.system,
    get fatal() {
      return node.fatal;
    },
    path: "path" in place ? place.path : "",
    ask,
    until,
    async paused(name, more = {}) {
      await ask(201, "POST", "/api/streams", { name, baseUrl: "http://scans.example/v1", ...more });
      await until(`/api/streams/${name}`, ({ failures }) => failures > 0);
      await ask(200, "POST", `/api/streams/${name}/pause`);
    },
    async walk(path, limit) {
      const items: unknown[] = [];
      const between = path.includes("?") ? "&" : "?";
      for (let cursor: string | null = ""; cursor !== null;) {
        const more: string = cursor === "" ? "" : `&cursor=${cursor}`;
        const page = await ask(200, "GET", `${path}${between}limit=${limit}${more}`);
        items.push(...page.items);
        cursor = page.nextCursor;
      }
      return items;
    },
    async [Symbol.asyncDispose]() {
      await node[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

async function folder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "mailroom-parcels-" });
  return {
    path: join(folder, "mailroom.db"),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
