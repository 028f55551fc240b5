import assert from "node:assert/strict";
import { apiOf, until } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";
import { writeActors, type WrittenActors } from "../support/written_actors.ts";

const LETTERS = 6;
const JOBS = 300;
const WORKERS = 2;

Deno.test("what a broker's queues and workers do, mailboxes and pools do at the running server", async (t) => {
  await using desk = openDesk();
  await using actors = await writePostRoom(desk.url);
  await using server = await startServer({ env: { ACTORS: actors.mod, WORKERS: String(WORKERS) } });
  const api = apiOf(server);
  const tell = async (path: string, payload: object) => {
    const answer = await api.send("POST", `/api/actors/${path}`, payload);
    return { status: answer.status, ...await answer.json() as { messageId?: string; detail?: string } };
  };

  await t.step(
    "a queue is handled one message at a time and in its order, others go on meanwhile [S4-29]",
    async () => {
      const queues = ["north", "south"];
      for (let number = 0; number < LETTERS; number++) {
        for (const queue of queues) assert.equal((await tell(`post-room/${queue}/carry`, { number })).status, 202);
      }
      await until("both are at their first", () => Promise.resolve(desk.open.size === queues.length || undefined));
      assert.deepEqual(desk.came, { north: [0], south: [0] });
      // The second of the north fails at first: what is behind it waits all the same.
      desk.refuseOnce("north", 1);
      desk.answerAll();
      await until("all are carried", async () => {
        const carried = await Promise.all(
          queues.map((queue) => api.send("GET", `/api/actors/post-room/${queue}/carried`)),
        );
        const numbers: number[][] = await Promise.all(carried.map((answer) => answer.json()));
        return numbers.every(({ length }) => length === LETTERS) ? true : undefined;
      });
      assert.deepEqual(desk.came, { north: [0, 1, 1, 2, 3, 4, 5], south: [0, 1, 2, 3, 4, 5] });
      assert.deepEqual([desk.mostAtOnce.north, desk.mostAtOnce.south], [1, 1]);
    },
  );

  await t.step("only what is declared has a queue, and only messages that it declares come in [S4-43]", async () => {
    const undeclared = { "nowhere/north/carry": 404, "post-room/north/burn": 404 };
    for (const [path, status] of Object.entries(undeclared)) {
      assert.equal((await tell(path, { number: 1 })).status, status, path);
    }
    assert.equal((await tell("post-room/north/carry", { number: "one" })).status, 422);
    const { items } = await (await api.send("GET", "/api/dead-letters")).json();
    assert.deepEqual(items, []);
    assert.equal((await (await api.send("GET", "/health")).json()).pending, 0);
  });

  await t.step("workers are pooled: a few of them run many jobs, and go on after those that fail [S4-44]", async () => {
    const jobs = Array.from(
      { length: JOBS },
      (_, index) => ({ type: "franked", payload: { fails: index % 10 === 0 } }),
    );
    const { items } = await (await api.send("POST", "/api/jobs/batch", jobs)).json();
    const turns = new Map<string, number[]>();
    for (const [index, { id }] of (items as { id: string }[]).entries()) {
      if (index % 10 === 0) {
        const { error, attempts } = await api.waitFor(id, "failed");
        assert.deepEqual([error!.message, attempts], ["The stamp is missing", 2]);
      } else {
        const { worker, turn } = (await api.waitFor(id, "succeeded")).result as { worker: string; turn: number };
        turns.set(worker, [...turns.get(worker) ?? [], turn]);
      }
    }
    assert.ok(turns.size <= WORKERS, `${turns.size} workers`);
    for (const these of turns.values()) assert.equal(new Set(these).size, these.length);
  });
});

/** An upstream to which letters are carried: it holds them until it is told to answer. */
function openDesk() {
  const came: Record<string, number[]> = {};
  const mostAtOnce: Record<string, number> = {};
  const now: Record<string, number> = {};
  const open = new Set<() => void>();
  let answers = false;
  let refused: string | null = null;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async ({ url }) => {
    const [, queue, number] = new URL(url).pathname.split("/") as [string, string, string];
    (came[queue] ??= []).push(Number(number));
    now[queue] = (now[queue] ?? 0) + 1;
    mostAtOnce[queue] = Math.max(mostAtOnce[queue] ?? 0, now[queue]);
    if (!answers) await new Promise<void>((resolve) => open.add(resolve));
    now[queue]--;
    const isRefused = refused === `${queue}/${number}`;
    if (isRefused) refused = null;
    return Response.json({}, { status: isRefused ? 400 : 200 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    came,
    mostAtOnce,
    open,
    refuseOnce: (queue: string, number: number) => void (refused = `${queue}/${number}`),
    answerAll() {
      answers = true;
      for (const answer of open) answer();
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function writePostRoom(url: string): Promise<WrittenActors> {
  return writeActors(`
    import { z } from "zod";
    import { createRegistry, defineActor, defineJob, defineUpstream } from "@mailroom/mailroom";
    const desk = defineUpstream({ name: "desk", baseUrl: ${JSON.stringify(url)} });
    const retry = { maxAttempts: 2, baseMs: 10, maxMs: 20 };
    const postRoom = defineActor({
      kind: "post-room", upstreams: [desk], retry,
      state: z.object({ carried: z.array(z.int()) }), initial: { carried: [] },
      messages: { carry: z.strictObject({ number: z.int() }) },
      queries: { carried: (state) => state.carried },
      on: {
        async carry(state, { number }, ctx) {
          const { status } = await ctx.fetch(desk, "/" + ctx.self.key + "/" + number);
          if (status !== 200) throw new Error("The desk was closed");
          state.carried.push(number);
        },
      },
    });
    // Of the worker that has loaded this file.
    const worker = crypto.randomUUID();
    let turn = 0;
    const franked = defineJob({
      type: "franked", retry, payload: z.object({ fails: z.boolean() }),
      result: z.object({ worker: z.string(), turn: z.int() }),
      run({ fails }) {
        turn++;
        if (fails) throw new Error("The stamp is missing");
        return { worker, turn };
      },
    });
    export const registry = createRegistry([postRoom, franked]);
  `);
}
