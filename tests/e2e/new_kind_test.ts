import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { apiOf, until } from "../support/api.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import { startServer } from "../support/running_server.ts";

/** A folder of a kind as an author writes it, without a word about Mailroom's own folders. */
const TALLY = `
import { z } from "zod";
import { defineActor, defineJob } from "@mailroom/mailroom";

export const tally = defineActor({
  kind: "tally",
  state: z.object({ votes: z.record(z.string(), z.int()) }),
  initial: { votes: {} },
  messages: { vote: z.strictObject({ option: z.string().min(1) }) },
  queries: { votesOf: (state, { option }: { option: string }) => state.votes[option] ?? 0 },
  on: {
    vote(state, { option }, ctx) {
      state.votes[option] = (state.votes[option] ?? 0) + 1;
      ctx.emit("tally.voted", { option, votes: state.votes[option] });
    },
  },
});

export const caller = defineJob({
  type: "caller",
  payload: z.object({ url: z.string() }),
  result: z.object({ status: z.int() }),
  retry: { maxAttempts: 1 },
  run: async ({ url }) => ({ status: (await fetch(url)).status }),
});
`;

Deno.test("a kind that I write in a folder of my own is there with one line, and no file of Mailroom is touched", async (t) => {
  await using folder = await writeActors();
  await using server = await startServer({ env: { ACTORS: folder.mod } });
  const { send, submit, waitFor, eventsSince } = apiOf(server);
  const vote = (option: unknown) => send("POST", "/api/actors/tally/lunch/vote", { option });

  await t.step("it takes messages", async () => {
    for (const option of ["soup", "salad", "soup"]) {
      const response = await vote(option);
      assert.equal(response.status, 202);
      assert.ok((await response.json()).messageId);
    }
  });

  await t.step("it answers queries from what is committed", async () => {
    await until("all votes are counted", async () => {
      const counted = await (await send("GET", "/api/actors/tally/lunch/votesOf?option=soup")).json();
      return counted === 2 ? true : undefined;
    });
    assert.equal(await (await send("GET", "/api/actors/tally/lunch/votesOf?option=bread")).json(), 0);
  });

  await t.step("its state can be looked at", async () => {
    const { state, version, mailboxDepth } = await (await send("GET", "/api/actors/tally/lunch")).json();
    assert.deepEqual(state, { votes: { soup: 2, salad: 1 } });
    // Votes that were handled together were written once.
    assert.ok(version >= 1 && version <= 3, `${version} commits of three votes`);
    assert.equal(mailboxDepth, 0);
  });

  await t.step("its events are told", async () => {
    const events = await eventsSince(0, ({ type, data }) => type === "tally.voted" && data.votes === 2);
    assert.deepEqual(events.map(({ type, subject, data }) => ({ type, subject, data })), [
      { type: "tally.voted", subject: "tally/lunch", data: { option: "soup", votes: 1 } },
      { type: "tally.voted", subject: "tally/lunch", data: { option: "salad", votes: 1 } },
      { type: "tally.voted", subject: "tally/lunch", data: { option: "soup", votes: 2 } },
    ]);
  });

  await t.step("what it does not know is refused", async () => {
    const statuses = [await vote(""), await vote(7), await send("POST", "/api/actors/tally/lunch/veto", {})]
      .map(async (response) => {
        await response.body?.cancel();
        return response.status;
      });
    assert.deepEqual(await Promise.all(statuses), [422, 422, 404]);
  });

  await t.step("the product's kinds are still there", async () => {
    const payload = { dataset: "d", content: "id\n1\n" };
    await waitFor((await submit({ type: "import", payload })).id, "succeeded");
  });

  await t.step("it can reach no server that it did not ask for, not even this one", async () => {
    const { id } = await submit({ type: "caller", payload: { url: `${server.url}/health` } });
    const { error } = await waitFor(id, "failed");
    assert.equal(error?.code, "not-permitted");
    assert.match(error.message, /^Requires net access to "127\.0\.0\.1:\d+"/);
  });

  await t.step("its state outlives a kill", async () => {
    await server.kill();
    await server.restart();
    assert.equal(await (await send("GET", "/api/actors/tally/lunch/votesOf?option=soup")).json(), 2);
  });
});

async function writeActors(): Promise<AsyncDisposable & { readonly mod: string }> {
  const dir = await Deno.makeTempDir({ prefix: "mailroom-actors-" });
  const own = (path: string) => pathToFileURL(join(projectRoot, path)).href;
  const files = {
    "tally/tally.ts": TALLY,
    "mod.ts": `
      import { createRegistry } from "@mailroom/mailroom";
      import { registry as product } from "${own("actors/mod.ts")}";
      import { caller, tally } from "./tally/tally.ts";
      export const registry = createRegistry([...product.kinds.values(), caller, tally]);
    `,
    "worker.ts": `
      import { serveWorker } from "${own("runtime/host/serve.ts")}";
      import { registry } from "./mod.ts";
      serveWorker(registry);
    `,
  };
  await Deno.mkdir(join(dir, "tally"));
  for (const [path, source] of Object.entries(files)) await Deno.writeTextFile(join(dir, path), source);
  return { mod: join(dir, "mod.ts"), [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}
