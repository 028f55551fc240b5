import type { RunningServer } from "../support/running_server.ts";

/** What the outside knows: every answer that a client has seen. */
export interface Oracle {
  /** Ids of jobs whose 201 was read. */
  readonly ackedJobs: Set<string>;
  /** By counter: how many additions of 1 were answered 202. */
  readonly ackedAdds: Map<string, number>;
  /** A second answer to one key named another job. */
  secondIds: number;
}

export function createOracle(): Oracle {
  return { ackedJobs: new Set(), ackedAdds: new Map(), secondIds: 0 };
}

/** A client that goes on over restarts: a request without an answer is sent again with the same Idempotency-Key. */
export async function submitLoad(
  server: RunningServer,
  oracle: Oracle,
  { client, until, counters }: { client: number; until: AbortSignal; counters: number },
): Promise<void> {
  for (let number = 0; !until.aborted; number++) {
    const key = `${client}-${number}`;
    if (number % 2 === 0) {
      const body = { type: "trivial", payload: { text: key } };
      const job = await insist(server, "/api/jobs", { key, body });
      oracle.ackedJobs.add(String(job["id"]));
      if (number % 20 === 0 && (await insist(server, "/api/jobs", { key, body }))["id"] !== job["id"]) {
        oracle.secondIds++;
      }
    } else {
      const counter = `c${number % counters}`;
      await insist(server, `/api/actors/counter/${counter}/add`, { key, body: { by: 1 } });
      oracle.ackedAdds.set(counter, (oracle.ackedAdds.get(counter) ?? 0) + 1);
    }
  }
}

/** The answer, however often the server dies meanwhile. */
async function insist(
  server: RunningServer,
  path: string,
  { key, body }: { key: string; body: unknown },
): Promise<Record<string, unknown>> {
  for (;;) {
    const response = await fetch(server.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify(body),
    }).then(async (got) => ({ status: got.status, text: await got.text() })).catch(() => null);
    if (response !== null && response.status < 300) return JSON.parse(response.text);
    if (response !== null && response.status !== 503 && response.status !== 429) {
      throw new Error(`${path} answered ${response.status}: ${response.text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
