import assert from "node:assert/strict";
import type { Store } from "../../runtime/store/contract.ts";
import { closeGate, passGate } from "../support/gates.ts";
import { serveApp } from "../support/served_app.ts";

const never = new AbortController().signal;

/** What is written waits at the door `disk`. */
const slowly = (store: Store): Store =>
  new Proxy(store, {
    get: (store, name: keyof Store) => {
      if (name === "writeNext") return undefined;
      if (name !== "write") return typeof store[name] === "function" ? store[name].bind(store) : store[name];
      return async (batch: Parameters<Store["write"]>[0]) => {
        await passGate("disk", never);
        return await store.write(batch);
      };
    },
  });

const job = { type: "echo", payload: { text: "once" } };
const REPEATABLE: readonly (readonly [path: string, body: object, other: object])[] = [
  ["/api/jobs", job, { ...job, priority: 1 }],
  ["/api/jobs/batch", { jobs: [job, job] }, { jobs: [job] }],
  ["/api/actors/tally/one/add", { by: 1 }, { by: 2 }],
];

for (const [path, body, other] of REPEATABLE) {
  Deno.test(`a twin of POST ${path} waits for the first that is being written, and is answered the same (P6)`, async () => {
    await using served = await serveApp({ around: slowly });
    const send = async (given: object, tenant = "acme") => {
      const headers = { "Content-Type": "application/json", "X-Tenant": tenant, "Idempotency-Key": "k-1" };
      const response = await fetch(served.url + path, { method: "POST", headers, body: JSON.stringify(given) });
      return {
        status: response.status,
        isRepeat: response.headers.has("idempotency-replayed"),
        text: await response.text(),
      };
    };
    using disk = closeGate("disk");
    const first = send(body);
    await disk.reached();
    const [twin, changed, theirs] = [send(body), send(other), send(body, "beta")];
    disk.open();
    const answer = await first;
    assert.deepEqual([answer.status < 300, answer.isRepeat], [true, false], answer.text);
    assert.deepEqual(await twin, { ...answer, isRepeat: true });
    assert.equal((await changed).status, 422);
    const { status, isRepeat, text } = await theirs;
    assert.deepEqual([status, isRepeat, text === answer.text], [answer.status, false, false]);
    await served.node.quiet();
  });
}
