import assert from "node:assert/strict";
import type { FetchCall, Fetched } from "../../runtime/actor/outcome.ts";
import { createEgress } from "../../runtime/upstream/bounded_egress.ts";
import type { Broker } from "../../runtime/upstream/egress.ts";
import { fetchCall } from "../support/fetch_call.ts";

const LIMITS = { atOnce: 2, waiting: 2, waitingChars: 10 };

interface Held extends Broker {
  readonly urls: string[];
  end(url: string): void;
}

/** A broker whose calls end when the test says so. */
function held(): Held {
  const open = new Map<string, (fetched: Fetched) => void>();
  const urls: string[] = [];
  return {
    urls,
    call: ({ url }, signal) =>
      new Promise((resolve, reject) => {
        urls.push(url);
        open.set(url, resolve);
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
    end: (url) => open.get(url)!({ status: 200, headers: {}, text: url }),
    stop: () => Promise.resolve(),
  };
}

function rig() {
  const [upstreams, userAddresses] = [held(), held()];
  const egress = createEgress({ upstreams, userAddresses, limits: LIMITS });
  const call = (url: string, more: Partial<FetchCall> = {}, signal = new AbortController().signal) => {
    const made = egress.fetch(fetchCall(url, more), signal);
    made.catch(() => {});
    return made;
  };
  return { egress, upstreams, userAddresses, call };
}

Deno.test("an egress makes so many calls at once, and the others in the order in which they came", async () => {
  const { userAddresses, call } = rig();
  const [a, , c] = [call("a"), call("b"), call("c"), call("d")];
  assert.deepEqual(userAddresses.urls, ["a", "b"]);
  userAddresses.end("a");
  assert.equal((await a).text, "a");
  assert.deepEqual(userAddresses.urls, ["a", "b", "c"]);
  userAddresses.end("c");
  await c;
  assert.deepEqual(userAddresses.urls, ["a", "b", "c", "d"]);
});

Deno.test("an egress refuses what is more than may wait, by number and by size", async () => {
  const { call } = rig();
  for (const url of ["a", "b", "c"]) call(url);
  await assert.rejects(call("d", { body: "x".repeat(11) }), { code: "overloaded", retryable: true });
  call("e", { body: "x".repeat(10) });
  await assert.rejects(call("f"), { code: "overloaded", retryable: true });
});

Deno.test("an egress keeps a line for each broker", async () => {
  const { upstreams, call } = rig();
  for (const url of ["a", "b", "c", "d"]) call(url);
  const own = call("/x", { upstream: "ups" });
  upstreams.end("/x");
  assert.equal((await own).text, "/x");
});

Deno.test("an egress makes an upstream's call below a base that a user gave where user-given addresses are called", () => {
  const { upstreams, userAddresses, call } = rig();
  call("/x", { upstream: "ups", baseUrl: "https://a.example" });
  assert.deepEqual([upstreams.urls, userAddresses.urls], [[], ["/x"]]);
});

Deno.test("an egress forgets a call whose turn is over, and gives its room to the next", async () => {
  const { userAddresses, call } = rig();
  const [first, waiting] = [new AbortController(), new AbortController()];
  const made = [call("a", {}, first.signal), call("b"), call("c", {}, waiting.signal), call("d")];
  waiting.abort(new Error("over"));
  await assert.rejects(made[2]!, /over/);
  first.abort(new Error("over"));
  await assert.rejects(made[0]!, /over/);
  assert.deepEqual(userAddresses.urls, ["a", "b", "d"]);
});

Deno.test("an egress that is stopped ends what is under way and what waits, and takes nothing more", async () => {
  const { egress, call } = rig();
  const made = ["a", "b", "c"].map((url) => call(url));
  await egress.stop();
  for (const each of [...made, call("d")]) await assert.rejects(each, { code: "stopping", retryable: true });
});
