import assert from "node:assert/strict";
import type { OpenStore } from "../../support/opened_store.ts";
import { commit, entry, NOON } from "../../support/store_entries.ts";

const MINUTE = 60_000;

export function lifeContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} counts the openings of the last five minutes that were never closed`, async () => {
    await using opened = await openStore();
    const starts = [opened.store.ownership.uncleanStarts];
    for (
      const [now, died] of [[1, true], [2, false], [3, true], [5, true], [5.5, false], [7, false], [13, false]] as const
    ) {
      await commit(opened.store, entry({ at: NOON + now * MINUTE }));
      const again = await opened.reopen({ now: NOON + now * MINUTE, died });
      starts.push(again.ownership.uncleanStarts);
    }
    // Opened at 0, 1, 2, 3, 5, 5.5, 7 and 13; those of 0, 2 and 3 died.
    assert.deepEqual(starts, [0, 1, 1, 2, 3, 2, 2, 0]);
  });
}
