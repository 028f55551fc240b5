import type { Random } from "../../runtime/core/random.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { descendantsOf } from "../support/process_tree.ts";
import { sendSignal } from "../support/server_process.ts";
import type { KeptNode, KeptNodes } from "./kept_nodes.ts";
import { between, type Findings, pause } from "./torture_campaign.ts";

/** Where faults happen, and who hears of what comes of them. */
export interface Scene {
  readonly database: TestDatabase;
  readonly kept: KeptNodes;
  readonly leaseMs: number;
  /** Within this what is orphaned has another owner, and all nodes take jobs after Postgres' return. */
  readonly withinMs: number;
  readonly random: Random;
  readonly findings: Findings;
  /** From a node's end until all that was its own had another owner, or was done; of those that had any. */
  readonly resumedAfterMs: number[];
  /** From Postgres' return until every node had taken a job. */
  readonly healedAfterMs: number[];
}

/** Resolves when its worst is over, and says in words what it was. */
export type Fault = (scene: Scene) => Promise<string>;

/** So long one looks before one says that it does not happen. */
const PATIENCE_MS = 30_000;
/** A node that hears that its life is over ends itself. */
const ENDS_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 25;

/** The node's process dies by SIGKILL. */
export async function killNode(scene: Scene): Promise<string> {
  const { node, generation } = await anyNode(scene);
  const begunAt = performance.now();
  await node.server.kill();
  return `${node.name} killed, ${await resumed(scene, generation, begunAt)}`;
}

/** The node stands still until its lease is over, and then goes on as if nothing had been: alone, or with its children. */
export function pauseNode({ whole }: { readonly whole: boolean }): Fault {
  return async (scene) => {
    const { node, generation } = await anyNode(scene);
    const { ended, server: { pid } } = node;
    const pids = whole ? [pid, ...descendantsOf(pid)] : [pid];
    const begunAt = performance.now();
    for (const each of pids) sendSignal(each, "SIGSTOP");
    const watch = resumed(scene, generation, begunAt);
    await pause(scene.leaseMs + between(scene.random, 300, 3_000));
    const [life] = await scene.database.query<{ isOver: boolean }>(
      `select ended_at is not null as "isOver" from lives where generation = $1`,
      [generation],
    );
    for (const each of pids) sendSignal(each, "SIGCONT");
    // Where nobody has ended its life yet, it goes on.
    if (life!.isOver) {
      const hasEnded = await until(() => Promise.resolve(node.ended > ended), ENDS_WITHIN_MS);
      scene.findings.expect("a node whose life was ended while it slept ends itself", hasEnded, () => node.name);
    }
    return `${node.name} stopped ${whole ? "with its children" : "alone"}, ${await watch}`;
  };
}

/** Postgres ends, in order or as by a power cut, and is started again a moment later. */
export function restartPostgres({ inOrder }: { readonly inOrder: boolean }): Fault {
  return async (scene) => {
    const { server } = scene.database;
    await (inOrder ? server.stop() : server.kill());
    await pause(between(scene.random, 0, 1_500));
    await server.start();
    const healedMs = await healed(scene);
    return `Postgres ${inOrder ? "stopped" : "killed"}, all took jobs ${Math.round(healedMs)} ms after its return`;
  };
}

/** All the node's connections to the database are reset. */
export async function resetConnections({ kept, random }: Scene): Promise<string> {
  const { name, proxy } = kept.nodes[Math.floor(random.next() * kept.nodes.length)]!;
  const { connections } = proxy;
  proxy.reset();
  await pause(between(random, 50, 500));
  return `${connections} connections of ${name} reset`;
}

async function anyNode({ kept, random, database }: Scene): Promise<{ node: KeptNode; generation: number }> {
  const node = kept.nodes[Math.floor(random.next() * kept.nodes.length)]!;
  const [life] = await database.query<{ generation: number }>(
    "select generation from lives where node = $1 and ended_at is null order by generation desc limit 1",
    [node.name],
  );
  if (life === undefined) throw new Error(`${node.name} is ready and has no life`);
  return { node, generation: life.generation };
}

/** Looks until nothing of what the life owned is its own or nobody's; says in words how long that took. */
async function resumed(scene: Scene, generation: number, since: number): Promise<string> {
  const { database, findings, withinMs, resumedAfterMs } = scene;
  const orphans = await database.query<{ id: string }>("select id from messages where owner = $1 and slot = 1", [
    generation,
  ]);
  if (orphans.length === 0) return "nothing was its own";
  const ids = orphans.map(({ id }) => id);
  await until(async () => {
    const [left] = await database.query<{ count: number }>(
      "select count(*) from messages where id = any($1) and slot = 1 and owner in (0, $2)",
      [ids, generation],
    );
    return left!.count === 0;
  }, PATIENCE_MS);
  const ms = Math.round(performance.now() - since);
  resumedAfterMs.push(ms);
  findings.expect(`what a dead node ran is taken up within ${withinMs} ms`, ms <= withinMs, () => `after ${ms} ms`);
  return `${ids.length} actors resumed after ${ms} ms`;
}

/** Until every node takes a job again. */
async function healed({ kept, findings, withinMs, healedAfterMs }: Scene): Promise<number> {
  const begunAt = performance.now();
  const takes = (node: KeptNode) =>
    until(async () => {
      const response = await fetch(`${node.server.url}/api/jobs`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ type: "trivial", payload: { text: "healed" } }),
        signal: AbortSignal.timeout(withinMs),
      });
      await response.body?.cancel();
      return response.status === 201;
    }, PATIENCE_MS);
  await Promise.all(kept.nodes.map(takes));
  const ms = performance.now() - begunAt;
  healedAfterMs.push(ms);
  findings.expect(`all take jobs within ${withinMs} ms of Postgres' return`, ms <= withinMs, () => `after ${ms} ms`);
  return ms;
}

/** False when that does not come to be in time; what cannot be asked is not so. */
async function until(isSo: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const begunAt = performance.now(); performance.now() - begunAt < withinMs;) {
    if (await isSo().catch(() => false)) return true;
    await pause(LOOK_EVERY_MS);
  }
  return false;
}
