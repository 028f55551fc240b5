import assert from "node:assert/strict";
import { diskTest } from "../support/small_disk.ts";
import { corruptRounds } from "./corrupt_rounds.ts";
import {
  fullDiskRounds,
  lockedRounds,
  readOnlyRounds,
  secondProcessRounds,
  type StorageReport,
} from "./storage_rounds.ts";

diskTest("a server on a full disk answers 503 only, loses nothing and heals by itself", async () => {
  assertUnharmed(await fullDiskRounds({ rounds: 2 }));
});

diskTest("a server whose log takes no writes answers 503 only, loses nothing and heals by itself", async () => {
  assertUnharmed(await readOnlyRounds({ rounds: 1 }));
});

Deno.test("a server whose file another program holds answers 503 only, loses nothing and heals by itself", async () => {
  assertUnharmed(await lockedRounds({ rounds: 2 }));
});

Deno.test("a second server on my file says what to do and leaves the first in peace", async () => {
  assert.deepEqual(await secondProcessRounds({ rounds: 1 }), { rounds: 1, wrongEnds: 0, disturbed: 0, lost: 0 });
});

Deno.test("a damaged file ends the server with a line that helps, and a backup brings everything back", async () => {
  const { wrongEnds, lost, ends } = await corruptRounds({
    rounds: 3,
    damages: ["header", "pages", "pages of a running server"],
  });
  assert.deepEqual({ wrongEnds, lost }, { wrongEnds: 0, lost: 0 }, JSON.stringify(ends, null, 2));
});

function assertUnharmed(report: StorageReport): void {
  const { lost, unfinished, succeededTwice, wrongCounters, secondIds, otherAnswers, restarts, integrity } = report;
  assert.deepEqual(
    { lost, unfinished, succeededTwice, wrongCounters, secondIds, otherAnswers, restarts, integrity },
    {
      lost: 0,
      unfinished: 0,
      succeededTwice: 0,
      wrongCounters: 0,
      secondIds: 0,
      otherAnswers: 0,
      restarts: 0,
      integrity: "ok",
    },
  );
  assert.ok(report.refused > 0 && report.ackedJobs > 20, JSON.stringify(report));
}
