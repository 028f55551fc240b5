import assert from "node:assert/strict";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import type { SchedulePorts } from "../../runtime/schedule/ports.ts";
import type { ScheduleRow } from "../../runtime/schedule/rows.ts";
import { createTicking } from "../../runtime/schedule/ticking.ts";

const MINUTE = 60_000;

function due(name: string): ScheduleRow {
  return {
    ...{ tenant: "acme", name, revision: "r-1", cron: null, timeZone: null, everyMs: MINUTE, anchorAt: 0 },
    ...{ kind: "tally", key: name, message: "add", payload: "{}", catchUp: "latest", catchUpLimit: 1, jitterMs: 0 },
    ...{ enabled: 1, builtIn: 0, nextAt: MINUTE, last: null, createdBy: "pat", createdAt: 0, updatedAt: 0 },
  };
}

Deno.test("a tick that the storage refuses while another schedule is read is told to who looked, and to nobody else", async () => {
  const rows = [due("first"), due("second")];
  const away = new RuntimeError("storage-unavailable", "The storage is away", { retryable: true });
  const refused = Promise.withResolvers<void>();
  const ports = {
    async read(_tenant: string, { name }: { name: string }, args: { name?: string }) {
      if (name === "next") return rows;
      if (args.name === "second") {
        await refused.promise;
        // A promise that nobody waits for by now would end the process.
        await new Promise((resolve) => setTimeout(resolve));
      }
      return rows.find((row) => row.name === args.name);
    },
    send() {
      refused.resolve();
      return Promise.reject(away);
    },
    createId: () => "id",
    now: () => MINUTE,
  } as unknown as SchedulePorts;
  const look = createTicking({ ports, held: new Set(), diagnostics: createDiagnostics() });
  await assert.rejects(look(), away);
});
