import { dirname, relative } from "node:path";
import type { KindNames } from "./names.ts";

/** The module of a new kind: whole, small, and different from what it will be. */
export function sourceOf({ shape, kind, variable }: KindNames): string {
  return shape === "job" ? jobSource(kind, variable) : actorSource(kind, variable);
}

/** Its first test. */
export function testOf({ shape, kind, variable, source, test }: KindNames): string {
  const module = relative(dirname(test), source).replaceAll("\\", "/");
  const head = `import assert from "node:assert/strict";
import { testActor } from "@mailroom/mailroom";
import { ${variable} } from "${module}";
`;
  return head + (shape === "job" ? jobTest(kind, variable) : actorTest(kind, variable));
}

const jobSource = (kind: string, variable: string) =>
  `import { z } from "zod";
import { defineJob } from "@mailroom/mailroom";

/** What a ${kind} is for, in a sentence. */
export const ${variable} = defineJob({
  type: "${kind}",
  payload: z.strictObject({ name: z.string().min(1).max(200) }),
  result: z.object({ greeting: z.string() }),
  run({ name }, ctx) {
    ctx.log.info("greeting", { attempt: ctx.attempt });
    return { greeting: \`Hello, \${name}\` };
  },
});
`;

const jobTest = (kind: string, variable: string) => `
Deno.test("${kind} greets by name", async () => {
  const turn = await testActor(${variable}).when("run", { name: "Ada" });
  assert.equal(turn.end, "done", turn.error?.message);
  assert.deepEqual(turn.result, { greeting: "Hello, Ada" });
});

Deno.test("${kind} refuses a payload that names nobody", () => {
  assert.equal(${variable}.messages.run.safeParse({}).success, false);
});
`;

const actorSource = (kind: string, variable: string) =>
  `import { z } from "zod";
import { defineActor } from "@mailroom/mailroom";

/** What a ${kind} is, in a sentence. */
export const ${variable} = defineActor({
  kind: "${kind}",
  state: z.object({ count: z.int() }),
  initial: { count: 0 },
  messages: { add: z.strictObject({ by: z.int() }) },
  queries: { count: (state) => state.count },
  on: {
    add(state, { by }, ctx) {
      state.count += by;
      ctx.emit("${kind}.changed", { count: state.count });
    },
  },
});
`;

const actorTest = (kind: string, variable: string) => `
Deno.test("${kind} adds to its state and tells of it", async () => {
  const turn = await testActor(${variable}).given({ count: 99 }).when("add", { by: 1 });
  assert.equal(turn.end, "done", turn.error?.message);
  assert.deepEqual(turn.state, { count: 100 });
  assert.deepEqual(turn.events, [{ type: "${kind}.changed", subject: "${kind}/one", data: { count: 100 } }]);
});

Deno.test("${kind} answers what it holds", () => {
  assert.equal(${variable}.queries.count({ count: 7 }), 7);
});
`;
