import assert from "node:assert/strict";
import { AnswerRoom } from "../../runtime/upstream/answer_room.ts";
import { exchange, type Route } from "../../runtime/upstream/exchange.ts";

/** An answer whose chunks come when the test says so. */
function flowing() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  let discarded = 0;
  return {
    body: readable,
    write: (bytes: number) => writer.write(new Uint8Array(bytes).fill(120)),
    end: () => writer.close(),
    fail: (error: Error) => writer.abort(error),
    discard: () => void discarded++,
    get discarded() {
      return discarded;
    },
  };
}

function exchangeOf(answer: ReturnType<typeof flowing>, room: AnswerRoom) {
  const { body, discard } = answer;
  const route: Route = {
    name: "outside",
    answerBytes: 100,
    room,
    send: () => Promise.resolve({ status: 200, headers: [], body, discard }),
    checkRedirect() {},
  };
  const first = { url: new URL("https://a.example/"), method: "GET", headers: {}, body: null };
  return exchange(route, { first, follow: true, signal: new AbortController().signal });
}

Deno.test("exchange() takes no more of all answers together than there is room for, and gives it back", async () => {
  const room = new AnswerRoom(100);
  const [one, two, three] = [flowing(), flowing(), flowing()];
  const first = exchangeOf(one, room);
  await one.write(60);
  const second = exchangeOf(two, room);
  two.write(41).catch(() => {});
  await assert.rejects(second, { code: "overloaded", retryable: true });
  assert.equal(two.discarded, 1);
  await one.write(40);
  assert.equal(room.heldBytes, 100);
  await one.end();
  assert.equal((await first).text.length, 100);
  assert.equal(room.heldBytes, 0);

  const third = exchangeOf(three, room);
  await three.write(70);
  three.fail(new TypeError("connection reset")).catch(() => {});
  await assert.rejects(third, { code: "upstream-failed" });
  assert.equal(room.heldBytes, 0);
});

Deno.test("exchange() gives up an answer that is too large before it is held", async () => {
  const room = new AnswerRoom(1_000);
  const large = flowing();
  const made = exchangeOf(large, room);
  large.write(101).catch(() => {});
  await assert.rejects(made, { code: "upstream-failed", message: /larger than 100 bytes/ });
  assert.deepEqual([large.discarded, room.heldBytes], [1, 0]);
});
