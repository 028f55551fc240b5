import type { Random } from "../../runtime/core/random.ts";
import type { Submission } from "../../routes/submission.ts";
import type { NodesOracle } from "./nodes_judge.ts";
import { pause } from "./torture_campaign.ts";
import { createOracle, insist, mixed } from "./torture_load.ts";

/** Both have readers, and a client each at least. */
export const TENANTS = ["demo", "acme"] as const;

export interface NodesLoad {
  readonly clients: number;
  readonly until: AbortSignal;
  readonly random: Random;
  /** Where one job in ten sends a webhook. */
  readonly hook: string;
  /** Between two requests of one client. */
  readonly pauseMs: number;
}

const COUNTERS = 5;
const DIARIES = 4;
/** A node may be stopped in the middle of a request, without a word. */
const ANSWER_WITHIN_MS = 1_500;
/** One in so many is sent again when it was answered. */
const REPEATED = 10;

export function createNodesOracle(): NodesOracle {
  return { ...createOracle(), ackedNotes: new Map() };
}

/**
 * Clients of two tenants that submit jobs, add to counters and write into diaries, each request to the node that `nodes`
 * has an address of at the time; without an answer it is sent again, elsewhere, with the same Idempotency-Key.
 */
export async function submitToNodes(
  nodes: { readonly url: string },
  oracle: NodesOracle,
  { clients, until, random, hook, pauseMs }: NodesLoad,
): Promise<void> {
  const job = mixed(random, { share: 0.2, longestMs: 400, hook });
  await Promise.all(Array.from({ length: clients }, async (_, client) => {
    const tenant = TENANTS[client % TENANTS.length]!;
    const send = (path: string, key: string, body: unknown) =>
      insist(nodes, path, { key, body, oracle, headers: { "x-tenant": tenant }, answerWithinMs: ANSWER_WITHIN_MS });
    const acts = [
      (key: string, number: number) =>
        submit(send, { key, oracle, job: job(key), isRepeated: number % REPEATED === 0 }),
      async (key: string, number: number) => {
        const counter = `c${number % COUNTERS}`;
        await send(`/api/actors/counter/${counter}/add`, key, { by: 1 });
        count(oracle.ackedAdds, `${tenant} ${counter}`);
      },
      async (key: string, number: number) => {
        const diary = `d${number % DIARIES}`;
        const name = `${tenant} ${diary} c${client}`;
        const note = { client: `c${client}`, number: oracle.ackedNotes.get(name) ?? 0 };
        await send(`/api/actors/diary/${diary}/note`, key, note);
        count(oracle.ackedNotes, name);
      },
    ];
    for (let number = 0; !until.aborted; number++) {
      await acts[number % acts.length]!(`${client}-${number}`, Math.floor(number / acts.length));
      await pause(pauseMs);
    }
  }));
}

type Send = (path: string, key: string, body: unknown) => Promise<Record<string, unknown>>;

async function submit(
  send: Send,
  { key, job, isRepeated, oracle }: { key: string; job: Submission; isRepeated: boolean; oracle: NodesOracle },
): Promise<void> {
  const { id } = await send("/api/jobs", key, job);
  oracle.ackedJobs.add(String(id));
  if (!isRepeated) return;
  const second = await send("/api/jobs", key, job);
  if (second["id"] !== id) oracle.secondIds.push(`${key}: ${id}, then ${second["id"]}`);
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
