import { z } from "zod";
import {
  createRegistry,
  defineActor,
  type Registry,
  subscribedEvent,
  TerminalError,
} from "../../../runtime/authoring.ts";
import { passGate } from "../gates.ts";
import { ledger } from "./ledger.ts";
import { frail, loose, strict } from "./system_families.ts";
import { courier, echo, flaky, patient, stepping } from "./system_jobs.ts";

const nothing = z.object({});
const RETRY = { maxAttempts: 3, baseMs: 2, maxMs: 4 };

/** A kind that does what its messages say, once in every way that a turn can go. */
export const tally = defineActor({
  kind: "tally",
  state: z.object({ count: z.int(), seen: z.array(z.string()) }),
  initial: { count: 0, seen: [] as string[] },
  messages: {
    /** Fails its first `failures` attempts. */
    add: z.object({ by: z.int(), text: z.string().optional(), failures: z.int().default(0) }),
    /** Everything that a turn can commit, and then a throw when `fail`. */
    everything: z.object({ id: z.string(), amount: z.int(), fail: z.boolean() }),
    /** Again and again until that instant, with changes that must not last. */
    snooze: z.object({ delayMs: z.int(), until: z.int() }),
    /** Counts it. */
    event: subscribedEvent,
    giveUp: nothing,
    corrupt: nothing,
    end: nothing,
    forward: z.object({ to: z.string(), tenant: z.string().optional(), times: z.int(), text: z.string().default("") }),
    pass: z.object({ gate: z.string() }),
    ask: z.object({ of: z.string(), tenant: z.string().optional() }),
  },
  queries: {
    count: ({ count }: { count: number }) => count,
    seen: ({ seen }: { seen: string[] }) => seen,
    never: () => new Promise<number>(() => {}),
  },
  retry: RETRY,
  tables: [ledger],
  on: {
    add(state, { by, text, failures }, ctx) {
      state.count += by;
      if (text !== undefined) state.seen.push(text);
      ctx.emit("tally.added", { by });
      if (ctx.attempt <= failures) throw new Error(`Attempt ${ctx.attempt} failed`);
    },
    everything(state, { id, amount, fail }, ctx) {
      state.count += amount;
      ctx.emit("tally.added", { by: amount });
      ctx.write(ledger.writes.book, { id, amount });
      ctx.tell(tally.at(ctx.tenant, `${ctx.self.key}-other`), "add", { by: amount });
      if (fail) throw new TerminalError("After all that");
    },
    snooze(state, { delayMs, until }, ctx) {
      if (ctx.now() >= until) return;
      state.seen.push("snoozed");
      ctx.emit("tally.snoozed", {});
      ctx.tell(tally.at(ctx.tenant, "snoozes"), "add", { by: 1 });
      ctx.stop();
      return ctx.snooze(delayMs);
    },
    event(state) {
      state.count++;
    },
    giveUp() {
      throw new TerminalError("It will never work");
    },
    corrupt(state) {
      (state as { count: unknown }).count = "many";
    },
    end: (_state, _payload, ctx) => ctx.stop(),
    forward(_state, { to, tenant, times, text }, ctx) {
      for (let number = 1; number <= times; number++) {
        ctx.tell(tally.at(tenant ?? ctx.tenant, to), "add", { by: 1, text: `${text}${number}` });
      }
    },
    async pass(state, { gate }, ctx) {
      await passGate(gate, ctx.signal);
      state.seen.push(gate);
    },
    async ask(state, { of, tenant }, ctx) {
      state.count = await ctx.ask(tally.at(tenant ?? ctx.tenant, of), "count");
    },
  },
});

/** Waits at the door `gate`, two at a time and one of each tenant. */
export const narrow = defineActor({
  kind: "narrow",
  state: nothing,
  initial: {},
  messages: { pass: z.object({ gate: z.string() }) },
  concurrency: { total: 2, perTenant: 1 },
  outer: true,
  on: { pass: (_state, { gate }, ctx) => passGate(gate, ctx.signal) },
});

export const registry: Registry = createRegistry([
  ...[tally, narrow, frail, loose, strict],
  ...[courier, echo, flaky, patient, stepping],
]);
