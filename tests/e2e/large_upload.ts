import { residentMemory } from "../bench/memory.ts";
import { HEADER } from "../support/employee_files.ts";
import { descendantsOf } from "../support/process_tree.ts";
import type { RunningServer } from "../support/running_server.ts";
import { type Findings, pause } from "./torture_campaign.ts";
import { openFile } from "./torture_load.ts";

/** Of all processes of a server that has been at work, until the last row of the file is processed. */
const MOST_GROWTH_MIB = 100;
const PATIENCE_MS = 300_000;
const LOOK_EVERY_MS = 250;
const ROWS_AT_ONCE = 1_000;

/** One file of so many bytes, the largest that is taken: how much memory it costs while it comes in and is processed. */
export async function uploadLarge(
  server: RunningServer,
  { bytes, findings, tell }: { bytes: number; findings: Findings; tell: (line: string) => void },
): Promise<{ readonly largeRows: number; readonly largeGrowthMib: number }> {
  const resident = () => residentMemory([server.pid, ...descendantsOf(server.pid)]);
  const before = resident();
  let most = before;
  const look = () => most = Math.max(most, resident());
  const timer = setInterval(look, LOOK_EVERY_MS);
  try {
    const response = await fetch(`${server.url}/api/employee-uploads`, {
      method: "POST",
      headers: { "content-type": "text/csv", "x-tenant": "wash-large" },
      body: fileOf(bytes),
    });
    const text = await response.text();
    findings.expect("a file of the largest size is taken", response.status === 201, () => text);
    if (response.status !== 201) return { largeRows: 0, largeGrowthMib: 0 };
    const { id, staged } = JSON.parse(text) as { id: string; staged: number };
    const end = await endOf(server, id);
    const isWhole = end.status === "completed" && end.accepted === staged;
    findings.expect("all of its rows are accepted", isWhole, () => JSON.stringify({ staged, ...end }));
    const growth = Math.round(look() - before);
    findings.expect("it costs little memory", growth < MOST_GROWTH_MIB, () => `${growth} MiB more`);
    tell(`${staged} rows in one file, ${growth} MiB more at most than the ${Math.round(before)} before`);
    return { largeRows: staged, largeGrowthMib: growth };
  } finally {
    clearInterval(timer);
  }
}

/** Rows of employees, each another one, as long as they fit. */
function fileOf(bytes: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let [sent, row] = [0, 0];
  return new ReadableStream({
    pull(controller) {
      const lines = sent === 0 ? [HEADER] : [];
      for (const end = row + ROWS_AT_ONCE; row < end; row++) {
        lines.push(`L-${row},"Ada Lovelace, the ${row}th",person.${row}@example.com,2026-01-31,`);
      }
      const part = encoder.encode(`${lines.join("\n")}\n`);
      if (sent + part.length > bytes) return controller.close();
      sent += part.length;
      controller.enqueue(part);
    },
  });
}

async function endOf(server: RunningServer, id: string): Promise<Record<string, unknown>> {
  for (const begunAt = performance.now();; await pause(LOOK_EVERY_MS)) {
    using db = openFile(server);
    const row = db.prepare("select status, accepted, rejected from employee_uploads where id = ?").get(id) ?? {};
    const isOpen = row["status"] === "staged" || row["status"] === "processing";
    if (!isOpen || performance.now() - begunAt > PATIENCE_MS) return { ...row };
  }
}
