import fc from "../support/properties.ts";
import type { StoreFaults } from "../support/faulty_store.ts";

export const TENANTS = ["acme", "zen"] as const;
export const PAUSED_KINDS = ["tally", "frail", "flaky"] as const;

/** One thing that happens to a node. `pick` names one of the jobs so far. */
export type Action =
  | { readonly do: "add"; readonly key: string; readonly delayMs: number; readonly failures: number }
  | { readonly do: "forward"; readonly key: string; readonly times: number }
  | { readonly do: "snooze"; readonly key: string; readonly delayMs: number }
  | { readonly do: "ask"; readonly key: string }
  | { readonly do: "flaky"; readonly failures: number; readonly priority: number }
  | { readonly do: "stepping"; readonly steps: number }
  | { readonly do: "cancel"; readonly pick: number }
  | { readonly do: "work"; readonly key: string; readonly failures: number }
  | { readonly do: "resume"; readonly key: string }
  | { readonly do: "pause" | "unpause"; readonly kind: string }
  | { readonly do: "retry"; readonly pick: number }
  | { readonly do: "crash" | "stop" | "kill-host" | "nothing" };

export interface Step {
  readonly tenant: string;
  readonly action: Action;
  /** Ms until the next one. */
  readonly then: number;
}

export interface Scenario {
  readonly seed: number;
  readonly faults: StoreFaults;
  /** Of the host. */
  readonly slots: number;
  readonly steps: readonly Step[];
}

const key = fc.constantFrom("a", "b", "c");
const failures = fc.constantFrom(0, 0, 0, 1, 2, 3);
const delayMs = fc.constantFrom(0, 0, 0, 1, 3, 20);

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("add" as const), key, delayMs, failures }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("forward" as const), key, times: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("snooze" as const), key, delayMs: fc.integer({ min: 1, max: 8 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("ask" as const), key }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("flaky" as const), failures, priority: fc.integer({ min: -1, max: 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("stepping" as const), steps: fc.integer({ min: 0, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel" as const), pick: fc.nat({ max: 20 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("work" as const), key, failures: fc.constantFrom(0, 0, 1, 2, 3, 6) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("resume" as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("pause" as const, "unpause" as const),
      kind: fc.constantFrom(...PAUSED_KINDS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("retry" as const), pick: fc.nat({ max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("crash" as const, "stop" as const, "kill-host" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("nothing" as const) }) },
);

const faults = fc.record({
  slow: fc.constantFrom(0, 0.2, 0.8),
  slowestMs: fc.constantFrom(2, 10),
  unavailable: fc.constantFrom(0, 0, 0.1, 0.5),
});

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.integer(),
  faults,
  slots: fc.constantFrom(1, 3, 16),
  steps: fc.array(fc.record({ tenant: fc.constantFrom(...TENANTS), action, then: fc.integer({ min: 0, max: 6 }) }), {
    minLength: 5,
    maxLength: 60,
    size: "max",
  }),
});
