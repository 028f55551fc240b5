import { z } from "zod";
import { defineJob } from "@mailroom/mailroom";

const WAYS = {
  throw() {
    throw new Error("thrown on purpose");
  },
  reject: () => Promise.reject(new Error("rejected on purpose")),
  exit: () => Deno.exit(3),
  close: () => self.close(),
  // deno-lint-ignore no-console -- what a handler prints must do no harm
  garbage: () => console.log('\u0000\u0001\u0002\u001b[2J{"frames":[1]}\r\n' + "\uffff".repeat(10_000)),
  file: () => Deno.readTextFileSync("/etc/passwd"),
  env: () => Deno.env.get("HOME"),
  host: () => fetch("http://127.0.0.1:50001/"),
  late: () =>
    void setTimeout(() => {
      throw new Error("thrown when the turn was over");
    }, 5),
} satisfies Record<string, () => unknown>;

/** Does what a handler should not; what it may not do fails its attempt alone. */
export const misbehaving = defineJob({
  type: "misbehaving",
  payload: z.object({ how: z.enum(Object.keys(WAYS) as (keyof typeof WAYS)[]) }),
  result: z.object({ did: z.string() }),
  retry: { maxAttempts: 1 },
  async run({ how }) {
    await WAYS[how]();
    return { did: how };
  },
});
