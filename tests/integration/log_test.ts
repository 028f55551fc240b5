import assert from "node:assert/strict";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import { closeLog, configureLog, createLog, observeWithLog } from "../../runtime/observe/log.ts";

Deno.test("configureLog() writes what is at least of its level into the file as JSON lines (S2-17)", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/mailroom.log`;
  const diagnostics = createDiagnostics();
  const { log } = console;
  const shown: string[] = [];
  Object.assign(console, { log: (line: string) => shown.push(line) });
  try {
    await configureLog({ level: "info", format: "text", file });
    const stop = observeWithLog(diagnostics);
    diagnostics.tell({ event: "batch.committed", entries: 1, durationMs: 1 });
    diagnostics.tell({ event: "storage.unavailable", code: "storage-unavailable", error: "full" });
    createLog(["mailroom"]).info("ready", { url: "http://127.0.0.1:8000" });
    stop();
    diagnostics.tell({ event: "system.stopped" });
  } finally {
    await closeLog();
    Object.assign(console, { log });
  }
  const lines = (await Deno.readTextFile(file)).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ level, message }) => [level, message]), [["warn", "storage unavailable"], [
    "info",
    "ready",
  ]]);
  assert.equal(lines[1].url, "http://127.0.0.1:8000");
  assert.equal(shown.length, 2);
  assert.match(shown[1]!, /ready url=http:\/\/127\.0\.0\.1:8000$/);
  await Deno.remove(folder, { recursive: true });
});
