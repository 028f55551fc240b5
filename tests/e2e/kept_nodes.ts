import type { Random } from "../../runtime/core/random.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { openTcpProxy, type TcpProxy } from "../support/tcp_proxy.ts";
import { pause } from "./torture_campaign.ts";
import { SINK_ENV } from "./torture_hooks.ts";
import { statusOf } from "./torture_load.ts";

/** A node as somebody runs it who starts it again whenever it ends. */
export interface KeptNode {
  readonly name: string;
  readonly server: RunningServer;
  /** Its way to the database. */
  readonly proxy: TcpProxy;
  /** Lives that have ended, by whatever. */
  readonly ended: number;
}

/** Several nodes on one database, all started at once. */
export interface KeptNodes extends AsyncDisposable {
  readonly nodes: readonly KeptNode[];
  /** Of a node that chance decides each time, alive or not. */
  readonly url: string;
  /** From the end of a life until the next was ready, at most. */
  readonly slowestReadyMs: number;
  /** Resolves when each answers that it is ready. @throws {Error} with what it logged when one does not in time */
  ready(): Promise<void>;
  /** Stops them as an operator does, all at once, and answers their exit codes. */
  stop(): Promise<readonly number[]>;
}

export interface KeptNodesOptions {
  readonly count: number;
  /** What they share. */
  readonly databaseUrl: string;
  readonly leaseMs: number;
  readonly random: Random;
  readonly env?: Readonly<Record<string, string>>;
}

const READY_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 50;

export async function openNodes(
  { count, databaseUrl, leaseMs, random, env = {} }: KeptNodesOptions,
): Promise<KeptNodes> {
  let over = false;
  let slowestReadyMs = 0;
  const start = async (index: number) => {
    const name = `n${index + 1}`;
    const url = new URL(databaseUrl);
    const proxy = await openTcpProxy({ hostname: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    const server = await startServer({
      env: {
        ACTORS: "tests/support/actors/mod.ts",
        LOG_LEVEL: "info",
        EVENTS_KEPT: "100000000",
        DATABASE_URL: url.href,
        NODE: name,
        LEASE_MS: String(leaseMs),
        ...SINK_ENV,
        ...env,
      },
    });
    return { name, server, proxy, ended: 0 };
  };
  const nodes = await Promise.all(Array.from({ length: count }, (_, index) => start(index)));
  const keep = async (node: typeof nodes[number]) => {
    for (;;) {
      await node.server.exited;
      if (over) return;
      node.ended++;
      const endedAt = performance.now();
      while (!over && !await node.server.restart().then(() => true, () => false)) await pause(LOOK_EVERY_MS);
      slowestReadyMs = Math.max(slowestReadyMs, Math.round(performance.now() - endedAt));
    }
  };
  const keeping = nodes.map(keep);
  const end = async (endOne: (server: RunningServer) => Promise<number>) => {
    over = true;
    const codes = await Promise.all(nodes.map(({ server }) => endOne(server)));
    await Promise.all(keeping);
    return codes;
  };
  return {
    nodes,
    get url() {
      return nodes[Math.floor(random.next() * nodes.length)]!.server.url;
    },
    get slowestReadyMs() {
      return slowestReadyMs;
    },
    async ready() {
      const begunAt = performance.now();
      for (const { name, server } of nodes) {
        while (await statusOf(server, "/health/ready").catch(() => 0) !== 200) {
          if (performance.now() - begunAt > READY_WITHIN_MS) {
            throw new Error(`${name} is not ready; its last lines:\n${server.logs().slice(-20).join("\n")}`);
          }
          await pause(LOOK_EVERY_MS);
        }
      }
    },
    stop: () => end((server) => server.stop()),
    async [Symbol.asyncDispose]() {
      await end((server) => server.kill());
      for (const { server, proxy } of nodes) {
        await server[Symbol.asyncDispose]();
        await proxy[Symbol.asyncDispose]();
      }
    },
  };
}
