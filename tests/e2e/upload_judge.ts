import type { DatabaseSync } from "node:sqlite";
import type { DrawnFile } from "../support/employee_files.ts";
import type { Findings } from "./torture_campaign.ts";

/** A file whose upload was answered, under which id. */
export interface Uploaded {
  readonly tenant: string;
  readonly id: string;
  readonly file: DrawnFile;
}

const LATER = "a later upload has told of this employee already";

/** Of a server that has processed everything. */
export function judgeUploads(db: DatabaseSync, uploads: readonly Uploaded[], findings: Findings): void {
  for (const uploaded of uploads) judgeUpload(db, uploaded, findings);
  const byTenant = Map.groupBy(uploads, ({ tenant }) => tenant);
  for (const [tenant, own] of byTenant) {
    const kept = Number(
      db.prepare("select count(*) as many from employee_uploads where tenant = ?").get(tenant)!["many"],
    );
    const answered = new Set(own.map(({ id }) => id)).size;
    findings.expect("a file is one upload, however often it was sent", kept === answered, () => {
      return `${tenant} has ${kept} uploads, ${answered} were answered`;
    });
    judgeEmployees(db, tenant, { uploads: own, findings });
    const waiting = db.prepare("select count(*) as many from employee_rows where tenant = ?").get(tenant)!["many"];
    findings.expect("no staged row is left", waiting === 0, () => `${tenant}: ${waiting} rows`);
  }
}

function judgeUpload(db: DatabaseSync, { tenant, id, file }: Uploaded, findings: Findings): void {
  const row = db.prepare("select status, staged, accepted, rejected from employee_uploads where tenant = ? and id = ?")
    .get(tenant, id);
  findings.expect("every upload that was answered is there", row !== undefined, () => `${tenant}/${id}`);
  if (row === undefined) return;
  const said = () => JSON.stringify({ id, ...row, rows: file.rows });
  const { status, staged, accepted, rejected } = row;
  findings.expect("every upload is completed", status === "completed", said);
  findings.expect("all rows were staged", staged === file.rows, said);
  findings.expect("accepted and rejected are what was staged", Number(accepted) + Number(rejected) === staged, said);
  const rejects = db.prepare(
    "select line, reason from employee_rejects where tenant = ? and upload_id = ? order by line",
  )
    .all(tenant, id);
  findings.expect("each rejected row is kept once", rejects.length === rejected, said);
  const faulty = new Set(file.faulty);
  const lines = new Set(rejects.map(({ line }) => Number(line)));
  const own = rejects.filter(({ reason }) => reason !== LATER);
  findings.expect("what is faulty is rejected", faulty.isSubsetOf(lines), said);
  findings.expect("what is rejected for itself is faulty", own.every(({ line }) => faulty.has(Number(line))), said);
  const told = db.prepare(
    "select count(*) as many from events where tenant = ? and subject = ? and type = 'employee-upload.completed'",
  ).get(tenant, `employee-upload/${id}`);
  findings.expect("the end of an upload is told once", told!["many"] === 1, said);
}

/** Each is as the latest upload says that tells of him. */
function judgeEmployees(
  db: DatabaseSync,
  tenant: string,
  { uploads, findings }: { uploads: readonly Uploaded[]; findings: Findings },
): void {
  const files = new Map(uploads.map(({ id, file }) => [id, file]));
  const expected = new Map<string, string>();
  const order = db.prepare(
    "select id from employee_uploads where tenant = ? and position is not null order by position",
  );
  for (const { id } of order.all(tenant)) {
    for (const [number, { line, name }] of files.get(String(id))?.employees ?? []) {
      expected.set(number, `${id} ${line} ${name}`);
    }
  }
  const found = new Map(
    db.prepare("select number, upload_id, line, name from employees where tenant = ?").all(tenant)
      .map(({ number, upload_id: id, line, name }) => [String(number), `${id} ${line} ${name}`]),
  );
  findings.expectAll(
    "each employee is as the latest upload says",
    expected,
    ([number, employee]) => found.get(number) === employee,
  );
  findings.expect("there are no other employees", found.size === expected.size, () => {
    return `${tenant}: ${found.size}, should be ${expected.size}`;
  });
}
