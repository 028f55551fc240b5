import { createHash } from "node:crypto";
import { readRecords } from "../actors/csv/read_records.ts";
import { RowStager, type StagedBatch } from "../actors/employee_upload/row_stager.ts";
import { employeeTables } from "../actors/employee_upload/tables.ts";
import { DROPPED_AT_ONCE } from "../actors/employee_upload/writes.ts";
import type { RowWrite, System } from "../runtime/mod.ts";
import { tooLarge } from "./middleware/read_body.ts";
import { Refusal } from "./problem.ts";

/** An upload that nothing came of for as long as this says at its next bytes that it lives. */
const TOUCH_MS = 20_000;

type Row = Pick<RowWrite, "write" | "args">;

/** A file whose rows lie in the table, but for the last ones. */
export interface StagedUpload {
  readonly id: string;
  /** Of its bytes. */
  readonly fingerprint: string;
  /** What makes it whole and `staged`, for the commit that accepts it. */
  readonly rows: readonly RowWrite[];
  /** Takes it back: nothing is left. */
  drop(): Promise<void>;
}

/**
 * Stages the rows of a file while its bytes come in, some with each commit; a small one is not written before it is
 * accepted. Holds one chunk and one batch. What breaks off leaves nothing; where the server ends meanwhile, retention sees to that.
 * @throws {Refusal} 413, 400 when it is empty; {RuntimeError} `invalid-message` when its header cannot be used
 */
export async function stageUpload(
  system: System,
  tenant: string,
  { bytes, by, limitBytes }: { bytes: AsyncIterable<Uint8Array>; by: string; limitBytes: number },
): Promise<StagedUpload> {
  const id = system.createId();
  const stager = new RowStager();
  const hash = createHash("sha256");
  let sizeBytes = 0;
  let written = 0;
  let touchedAt: number | null = null;
  const counted = async function* () {
    for await (const chunk of bytes) {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
      hash.update(chunk);
      yield chunk;
    }
  };
  const growth = ({ rows, count }: StagedBatch): readonly Row[] => {
    const at = system.now();
    return [
      ...touchedAt === null ? [{ write: "created", args: { id, by, at } }] : [],
      ...count === 0 ? [] : [{ write: "rowsStaged", args: { uploadId: id, rows } }],
      { write: "grown", args: { id, count, at } },
    ];
  };
  const write = async (batch: StagedBatch) => {
    await system.write(tenant, { rows: ofTables(growth(batch)) });
    touchedAt = system.now();
    written += batch.count;
  };
  const drop = () => touchedAt === null ? Promise.resolve() : dropUpload(system, tenant, { id, written });
  try {
    for await (const { records } of readRecords(counted(), { from: { byteOffset: 0, line: 1 }, quotes: true })) {
      for (const batch of stager.take(records)) await write(batch);
      if (touchedAt !== null && system.now() - touchedAt > TOUCH_MS) await write(stager.rest());
    }
    if (sizeBytes === 0) throw new Refusal(400, "The file is empty: there is nothing to upload");
    if (stager.header === null) throw new Refusal(422, "The file has no header");
  } catch (thrown) {
    await drop().catch(() => {});
    throw thrown;
  }
  const fingerprint = hash.digest("hex");
  const rows = growth(stager.rest());
  const position = system.createId();
  const whole = { id, position, fingerprint, header: JSON.stringify(stager.header), sizeBytes, at: system.now() };
  return { id, fingerprint, rows: ofTables([...rows, { write: "accepted", args: whole }]), drop };
}

async function dropUpload(
  system: System,
  tenant: string,
  { id, written }: { id: string; written: number },
): Promise<void> {
  for (let left = written; left > 0; left -= DROPPED_AT_ONCE) {
    await system.write(tenant, { rows: ofTables([{ write: "rowsDropped", args: { uploadId: id } }]) });
  }
  await system.write(tenant, { rows: ofTables([{ write: "broken", args: { id } }]) });
}

function ofTables(rows: readonly Row[]): readonly RowWrite[] {
  return rows.map((row) => ({ tables: employeeTables.name, ...row }));
}
