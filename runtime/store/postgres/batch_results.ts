import type { EntryResult } from "../contract.ts";
import { PlannedEntry } from "./planned_entry.ts";
import type { ToldHeads } from "./tell_heads.ts";
import { numbersOf } from "./write_log.ts";

/** What became of an entry before its events have numbers. */
export type Done = PlannedEntry | Exclude<EntryResult, { readonly status: "committed" }>;

/** The results of a batch; `lasts`: JSON of its tenants' latest event numbers. */
export function resultsOf(done: readonly Done[], told: ToldHeads, lasts: string | null): readonly EntryResult[] {
  const numbers = numbersOf(done.filter((each) => each instanceof PlannedEntry), lasts);
  return done.map((each) => {
    if (!(each instanceof PlannedEntry)) return each;
    const unowned = told.unowned.get(each);
    return {
      status: "committed",
      firstEvent: numbers.get(each) ?? 0,
      appended: each.appended,
      ready: told.ready.get(each) ?? [],
      ...(unowned === undefined ? {} : { unowned }),
      nextDueAt: each.nextDueAt,
      ...(each.swept === undefined ? {} : { swept: each.swept }),
    };
  });
}
