import { Buffer } from "node:buffer";
import process from "node:process";
import { z } from "zod";
import { createRegistry, defineActor, defineTables, type Registry, TerminalError } from "../../../runtime/authoring.ts";

const nothing = z.object({});
const MIB = 1024 * 1024;

/** Read through the host: the test that answers decides what comes back. */
const shelf = defineTables<{ shelf: { tenant: string; id: string } }>()("shelf", {
  migrations: {},
  writes: ({ write }) => ({
    put: write<{ id: string }>((db, { tenant, id }) => db.insertInto("shelf").values({ tenant, id })),
  }),
  queries: ({ query }) => ({ get: query(z.object({ id: z.string() }), () => Promise.resolve({ found: "" })) }),
});

/** Whose question is a gate: a turn that asks it waits until the test answers. */
export const gate = defineActor({
  kind: "gate",
  state: z.object({}),
  initial: {},
  messages: { knock: nothing },
  queries: { open: () => true },
  on: { knock() {} },
});

/** What a well-behaved kind does. */
export const counter = defineActor({
  kind: "counter",
  state: z.object({ count: z.number() }),
  initial: { count: 0 },
  messages: {
    add: z.object({ by: z.number() }),
    echo: z.object({ text: z.string() }),
    refuse: z.object({ terminal: z.boolean() }),
    refuseLater: nothing,
    snooze: z.object({ delayMs: z.number() }),
    everything: nothing,
    look: z.object({ id: z.string(), blob: z.string() }),
    passGate: nothing,
    steps: z.object({ yields: z.number() }),
    listen: nothing,
  },
  queries: {
    count: ({ count }: { count: number }) => count,
    fail: () => {
      throw new Error("This query fails");
    },
    never: () => new Promise(() => {}),
  },
  tables: [shelf],
  on: {
    add(state, { by }) {
      state.count += by;
      return state.count;
    },
    echo: (_state, { text }) => text,
    refuse(state, { terminal }) {
      state.count = -1;
      throw terminal ? new TerminalError("No retry will help") : new Error("Not this time");
    },
    async refuseLater(state) {
      state.count = -1;
      await Promise.resolve();
      throw new Error("Not this time, said later");
    },
    snooze: (_state, { delayMs }, ctx) => ctx.snooze(delayMs),
    everything(state, _payload, ctx) {
      state.count++;
      ctx.log.info("counting", { count: state.count, odd: () => true });
      ctx.progress({ done: 1, total: 2 });
      ctx.emit("counter.changed", { count: state.count });
      ctx.tell(gate.at(ctx.tenant, "main"), "knock", {}, { delayMs: 5 });
      ctx.write(shelf.writes.put, { id: ctx.self.key });
    },
    async look(_state, { id, blob }, ctx) {
      const found = await ctx.query(shelf.queries.get, { id });
      const open = await ctx.ask(gate.at(ctx.tenant, "main"), "open");
      let bytes = 0;
      for await (const chunk of ctx.blob.read(blob)) bytes += chunk.length;
      return { ...found, open, bytes };
    },
    passGate: (_state, _payload, ctx) => ctx.ask(gate.at(ctx.tenant, ctx.self.key), "open"),
    async *steps(state, { yields }, ctx) {
      for (let step = 0; step < yields; step++) {
        state.count++;
        ctx.emit("counter.stepped", { step });
        yield;
      }
      return state.count;
    },
    listen: (_state, _payload, { signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
  },
});

/** Much longer than a host waits; not for ever, since no host ends a loop in a worker of this process, which takes a core. */
const HELD_MS = 3_000;

/** What a kind must not do. */
export const rogue = defineActor({
  kind: "rogue",
  state: z.object({}),
  initial: {},
  messages: {
    exit: nothing,
    exitLater: nothing,
    close: nothing,
    throwLater: nothing,
    rejectLater: nothing,
    spin: z.object({ ms: z.number() }),
    ignoreAbort: nothing,
    hoard: nothing,
    hoardBuffers: nothing,
    hold: z.object({ mib: z.number() }),
    spinMicrotasks: nothing,
    backtrack: nothing,
    parseForever: nothing,
    computeThenWait: z.object({ ms: z.number() }),
    leaveSpinning: nothing,
    shout: nothing,
    readFile: z.object({ path: z.string() }),
    readEnv: z.object({ name: z.string() }),
    connect: z.object({ port: z.number() }),
    post: nothing,
  },
  on: {
    exit: () => Deno.exit(3),
    async exitLater() {
      await new Promise((resolve) => setTimeout(resolve));
      Deno.exit(3);
    },
    close: () => {
      globalThis.close();
      return new Promise(() => {});
    },
    throwLater: () =>
      void setTimeout(() => {
        throw new Error("Thrown outside of any turn");
      }),
    rejectLater: () => void Promise.reject(new Error("Rejected outside of any turn")),
    spin: (_state, { ms }) => spin(ms),
    ignoreAbort: () => new Promise(() => {}),
    hoard() {
      const hoard: string[][] = [];
      for (;;) hoard.push(Array.from({ length: 100_000 }, (_, index) => `${hoard.length} ${index}`));
    },
    /** Outside of the heap; filled, or it would not be resident. */
    hoardBuffers() {
      const hoard: Uint8Array[] = [];
      for (;;) hoard.push(new Uint8Array(64 * MIB).fill(1));
    },
    async hold(_state, { mib }, ctx) {
      const held = new Uint8Array(mib * MIB).fill(1);
      await ctx.ask(gate.at(ctx.tenant, ctx.self.key), "open");
      return held.length / MIB;
    },
    async spinMicrotasks() {
      const end = performance.now() + HELD_MS;
      while (performance.now() < end) await null;
    },
    backtrack: () => /^(a+)+$/.test("a".repeat(60) + "b"),
    parseForever() {
      const text = JSON.stringify(Array.from({ length: 200_000 }, (_, index) => ({ index, name: `name ${index}` })));
      for (;;) JSON.parse(text);
    },
    computeThenWait(_state, { ms }, { signal }) {
      spin(ms);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    },
    leaveSpinning: () => void setTimeout(() => spin(HELD_MS)),
    shout() {
      process.stdout.write(Buffer.from([0, 0, 0, 5, 0xff, 0xfe, 0x00, 0x80, 10]));
      process.stdout.write(`\0\0\0\x02{}${"x".repeat(5_000)}\n{"frame":"outcomes","outcomes":[]}\n`);
    },
    readFile: (_state, { path }) => Deno.readTextFile(path),
    readEnv: (_state, { name }) => Deno.env.get(name),
    connect: async (_state, { port }) => (await Deno.connect({ hostname: "127.0.0.1", port })).close(),
    post: () => (globalThis as unknown as { postMessage(message: unknown): void }).postMessage("not of the protocol"),
  },
});

/** A kind with permissions of its own, so with a pool of its own. */
export const trusted = defineActor({
  kind: "trusted",
  state: z.object({}),
  initial: {},
  messages: { readEnv: z.object({ name: z.string() }) },
  permissions: { env: ["MAILROOM_HOST_TEST"] },
  on: { readEnv: (_state, { name }) => Deno.env.get(name) },
});

export const registry: Registry = createRegistry([gate, counter, rogue, trusted]);

function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
