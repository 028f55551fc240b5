import { defineJob } from "../authoring.ts";
import { toCsv } from "../rendering/csv.ts";
import { importPayload, importResult, importState } from "./schemas.ts";
import { importRows } from "./import_rows.ts";
import { importTables } from "./tables.ts";

/** Reads a file into a dataset: good records are upserted by their key, bad ones are listed with the reason. */
export const importJob = defineJob({
  type: "import",
  payload: importPayload,
  result: importResult,
  state: importState,
  initial: { byteOffset: 0, line: 1, header: null, key: null, accepted: 0, rejected: 0, rejects: [] },
  tables: [importTables],
  input: ({ blob }) => blob,
  timeoutMs: 60_000,
  renderings: {
    csv: {
      title: "Rejects as CSV",
      contentType: "text/csv; charset=utf-8; header=present",
      render: ({ rejects }) => toCsv([["line", "reason"], ...rejects.map(({ line, reason }) => [line, reason])]),
    },
  },
  run: importRows,
});
