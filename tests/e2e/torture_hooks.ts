import { openOutside, type Seen } from "../support/outside.ts";
import { type Findings, pause } from "./torture_campaign.ts";
import { openFile } from "./torture_load.ts";

/** Receives webhooks and keeps them: what the outside knows of effects. */
export interface Sink extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly Seen[];
}

/** What a server needs to send to a sink. */
export const SINK_ENV = {
  EGRESS_ALLOW: "127.0.0.1",
  WEBHOOK_SECRET: `whsec_${new Uint8Array(32).fill(1).toBase64()}`,
};

/** Long enough for a call to be under way when its server dies. */
const ANSWER_AFTER_MS = 200;

export function openSink(): Sink {
  const answer = async () => {
    await pause(ANSWER_AFTER_MS);
    return new Response();
  };
  const outside = openOutside({ "/hook": answer });
  return {
    url: `${outside.url}/hook`,
    seen: outside.seen,
    [Symbol.asyncDispose]: () => outside[Symbol.asyncDispose](),
  };
}

/** Each webhook job must have arrived, as one webhook however often; answers how many calls were repeats. */
export function judgeHooks(server: { readonly dataDir: string }, sink: Sink, findings: Findings): number {
  using db = openFile(server);
  const payloads = db.prepare("select payload from jobs where type = 'webhook'").all();
  return judgeHookPayloads(payloads.map(({ payload }) => String(payload)), sink, findings);
}

/** The same of payloads that were read already. */
export function judgeHookPayloads(payloads: readonly string[], { seen }: Sink, findings: Findings): number {
  const idsByKey = new Map<string, Set<string>>();
  for (const { body, headers } of seen) {
    const key = JSON.parse(body).key as string;
    idsByKey.set(key, (idsByKey.get(key) ?? new Set()).add(headers.get("webhook-id")!));
  }
  for (const payload of payloads) {
    const { key } = JSON.parse(payload).body;
    findings.expect("every webhook has arrived", idsByKey.has(key), () => key);
  }
  const allIds = new Set<string>();
  for (const [key, ids] of idsByKey) {
    findings.expect("a repeated webhook bears its first id", ids.size === 1, () => `${key}: ${[...ids].join(", ")}`);
    for (const id of ids) {
      findings.expect("no two webhooks bear one id", !allIds.has(id), () => `${key}: ${id}`);
      allIds.add(id);
    }
  }
  return seen.length - idsByKey.size;
}
