import assert from "node:assert/strict";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import { watchHosts } from "../../routes/hosts_check.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("S4-36 workers that are lost again and again fail the check of hosts, until it has been quiet for a while", () => {
  const clock = new FakeClock();
  const diagnostics = createDiagnostics();
  const look = watchHosts({ diagnostics }, clock);
  const lose = (times: number, lost = 1) => {
    for (let time = 0; time < times; time++) {
      diagnostics.tell({ event: "worker.replaced", reason: "hung", lost });
      clock.advance(10_000);
    }
  };
  lose(4);
  lose(20, 0);
  assert.deepEqual(look(), { name: "hosts", status: "ok", detail: null });
  lose(2);
  diagnostics.tell({ event: "child.lost", pid: 1, reason: "it was stuck", lost: 3 });
  assert.equal(look().status, "failed");
  assert.match(look().detail ?? "", /5 times and more within 5 minutes, the last one because it was stuck/);
  clock.advance(5 * 60_000);
  assert.equal(look().status, "ok");
});
