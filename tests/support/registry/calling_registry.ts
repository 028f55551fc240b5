import { z } from "zod";
import {
  createRegistry,
  defineActor,
  defineUpstream,
  fromEnv,
  type UpstreamDeclaration,
} from "../../../runtime/authoring.ts";

/** Each is at what the environment says under this name. */
export const BASE_URL = "TEST_UPSTREAM";

const declare = (name: string, declared: Partial<UpstreamDeclaration>) =>
  defineUpstream({
    name,
    baseUrl: fromEnv(BASE_URL),
    retry: { maxAttempts: 3, baseMs: 10, maxMs: 40 },
    ...declared,
  });

export const UPSTREAMS = {
  /** Longer waits are not waited for within a call. */
  hurried: declare("hurried", { totalTimeoutMs: 400, breaker: null }),
  patient: declare("patient", { totalTimeoutMs: 20_000 }),
  breaking: declare("breaking", { breaker: { minimumCalls: 5, openMs: 1_500 } }),
  windowed: declare("windowed", { rateLimit: { kind: "sliding-window", limit: 4, windowMs: 250 } }),
  slow: declare("slow", { totalTimeoutMs: 400, rateLimit: { kind: "sliding-window", limit: 2, windowMs: 2_500 } }),
  shared: declare("shared", { rateLimit: { kind: "sliding-window", limit: 5, windowMs: 500 } }),
} as const;

/** Calls an upstream and remembers the status. */
export const caller = defineActor({
  kind: "caller",
  state: z.object({ statuses: z.array(z.int()) }),
  initial: { statuses: [] as number[] },
  messages: { call: z.object({ upstream: z.enum(Object.keys(UPSTREAMS) as (keyof typeof UPSTREAMS)[]) }) },
  queries: { statuses: ({ statuses }: { statuses: number[] }) => statuses },
  upstreams: Object.values(UPSTREAMS),
  retry: { maxAttempts: 3, baseMs: 20, maxMs: 60 },
  restarts: null,
  on: {
    async call(state, { upstream }, ctx) {
      const { status } = await ctx.fetch(UPSTREAMS[upstream], "scans");
      state.statuses.push(status);
    },
  },
});

export const registry = createRegistry([caller]);
