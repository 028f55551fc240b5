import type { Random } from "../../runtime/core/random.ts";
import { type ReaderLog, readEvents } from "./event_reader.ts";
import type { Audience } from "./nodes_judge.ts";

export interface AudienceOptions {
  readonly tenant: string;
  readonly readers: number;
  readonly random: Random;
  readonly until: AbortSignal;
}

/** A reader stays at a node for so long at most; then it goes on at one that chance decides. */
const STAYS_MS = 6_000;

/** Readers that follow a tenant's events from the first on, each at the node that `nodes` has an address of when it moves. */
export function openAudience(
  nodes: { readonly url: string },
  { tenant, readers, random, until }: AudienceOptions,
): Audience & { readonly over: Promise<unknown> } {
  const logs = Array.from({ length: readers }, (): ReaderLog => ({ ids: [], gaps: 0, cuts: 0 }));
  const told = new Map<number, string>();
  const differing: string[] = [];
  const onEvent = (number: number, data: string) => {
    const first = told.get(number);
    if (first === undefined) told.set(number, data);
    else if (first !== data) differing.push(`${number} as ${first} and as ${data}`);
  };
  const cutAfterMs = () => random.next() * STAYS_MS;
  const over = Promise.all(logs.map((log) => readEvents(nodes, log, { cutAfterMs, until, tenant, onEvent })));
  return { tenant, logs, told, differing, over };
}
