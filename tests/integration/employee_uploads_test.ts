import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { uploadAt } from "../../actors/employee_upload/messages.ts";
import { employeeTables } from "../../actors/employee_upload/tables.ts";
import { type EmployeeFields, employeesCsv, HEADER } from "../support/employee_files.ts";
import { openParcelRoutes, type ParcelRoutesRig } from "../support/parcel_routes_rig.ts";
import { readEvents } from "../support/read_events.ts";
import { problemIn } from "../support/test_app.ts";

const ENGINES = ["sqlite", "postgres"] as const;
const PATH = "/api/employee-uploads";
const CSV = { "Content-Type": "text/csv" };

async function upload(rig: ParcelRoutesRig, body: unknown, status = 201, headers = {}) {
  const response = await rig.send("POST", PATH, body, { ...body instanceof FormData ? {} : CSV, ...headers });
  const text = await response.text();
  assert.equal(response.status, status, text);
  return JSON.parse(text);
}

/** The upload when it has ended. */
async function ended(rig: ParcelRoutesRig, id: string) {
  return await rig.until(`${PATH}/${id}`, ({ finishedAt }) => finishedAt !== null);
}

const many = (count: number, of: (index: number) => Partial<EmployeeFields> = () => ({})): EmployeeFields[] =>
  Array.from({ length: count }, (_, index) => ({ number: `E-${String(index).padStart(6, "0")}`, ...of(index) }));

for (const engine of ENGINES) {
  Deno.test(`S0-19 the rows of an upload are staged, looked at, and become employees or are rejected, on ${engine}`, async () => {
    await using rig = await openParcelRoutes(engine);
    const file = employeesCsv([
      { number: "1", name: 'Grace "Amazing" Hopper, USN', email: "grace@example.com", start: "2024-02-29" },
      { number: "2", email: "nobody" },
      { number: "3", start: "2023-02-29" },
      { number: "4", start: "2026-02-01", end: "2026-01-31" },
      { number: "1", name: "Somebody else" },
      { number: "", name: "", email: "a@b", start: "" },
      { number: "2", email: "two@example.com", end: "2026-12-31" },
    ]) + "8,too few\n" + '9,"never closed\n';
    const made = await upload(rig, file);
    assert.deepEqual([made.staged, made.sizeBytes, made.columns], [9, file.length, HEADER.split(",")]);
    const done = await ended(rig, made.id);
    assert.deepEqual([done.status, done.accepted, done.rejected, done.processed], ["completed", 2, 7, 9]);
    const rejects = await rig.walk(`${PATH}/${made.id}/rejected`, 3);
    assert.deepEqual(rejects.map(({ line, reason }) => [line, reason]), [
      [3, "the e-mail address is none"],
      [4, "the start date is no date like 2026-11-23"],
      [5, "the end date lies before the start date"],
      [6, "the employee number is on line 2 already"],
      [
        7,
        "the employee number is missing; the name is missing; the e-mail address is none; the start date is missing",
      ],
      [9, "2 columns, but the header has 5"],
      [10, "a quote is never closed"],
    ]);
    assert.deepEqual([rejects[0].fields[0], rejects[0].raw], ["2", null]);
    assert.deepEqual([rejects[5].fields, rejects[5].raw], [null, "8,too few"]);
    const employees = await rig.walk("/api/employees", 1);
    assert.deepEqual(
      employees.map(({ number, name, endDate, uploadId, line }) => [number, name, endDate, uploadId, line]),
      [
        ["1", 'Grace "Amazing" Hopper, USN', null, made.id, 2],
        ["2", "Ada Lovelace", "2026-12-31", made.id, 8],
      ],
    );
    assert.deepEqual(await rig.ask(200, "GET", "/api/employees/1"), employees[0]);
    await problemIn(await rig.send("GET", "/api/employees/nobody"), 404);
    assert.deepEqual(await leftovers(rig, made.id), []);
  });

  Deno.test(`a later upload is right whichever is processed first, and each row counts once, on ${engine}`, async () => {
    await using rig = await openParcelRoutes(engine);
    await rig.ask(200, "POST", "/api/kinds/employee-upload/pause");
    // The last row of the first file comes two commits after the only one of the second.
    const first = await upload(rig, employeesCsv([...many(2_400), { number: "X", name: "Old" }]));
    const second = await upload(rig, employeesCsv([{ number: "X", name: "New" }]));
    const waiting = await rig.ask(200, "GET", `${PATH}/${first.id}`);
    assert.deepEqual([waiting.status, waiting.staged, waiting.processed], ["staged", 2_401, 0]);
    await rig.ask(200, "POST", "/api/kinds/employee-upload/resume");
    const [one, two] = [await ended(rig, first.id), await ended(rig, second.id)];
    assert.deepEqual([two.accepted, two.rejected], [1, 0]);
    assert.deepEqual([one.accepted + one.rejected, one.processed], [2_401, 2_401]);
    const { name, uploadId } = await rig.ask(200, "GET", "/api/employees/X");
    assert.deepEqual([name, uploadId], ["New", second.id]);
    const rejects = await rig.walk(`${PATH}/${first.id}/rejected`, 10);
    assert.equal(rejects.length, one.rejected);
    assert.ok(rejects.every(({ reason }) => reason === "a later upload has told of this employee already"));
    const third = await upload(rig, employeesCsv([{ number: "X", name: "Newest" }]));
    assert.equal((await ended(rig, third.id)).accepted, 1);
    assert.equal((await rig.ask(200, "GET", "/api/employees/X")).name, "Newest");
    assert.deepEqual(await leftovers(rig, first.id), []);
    const listed = await rig.walk(PATH, 2);
    assert.deepEqual(listed.map(({ id }) => id), [third.id, second.id, first.id]);
  });

  Deno.test(`the same bytes again are answered by the upload that they were, however they come, on ${engine}`, async () => {
    await using rig = await openParcelRoutes(engine);
    const file = employeesCsv(many(3));
    const both = await Promise.all([1, 2].map(() => rig.send("POST", PATH, file, CSV)));
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 201]);
    const [first, same] = await Promise.all(both.map((response) => response.json()));
    assert.equal(first.id, same.id);
    await ended(rig, first.id);
    const again = await upload(rig, file, 200);
    assert.deepEqual([again.id, again.status, again.accepted], [first.id, "completed", 3]);
    assert.equal((await upload(rig, formOf(file), 200)).id, first.id);
    assert.notEqual((await upload(rig, file, 201, { "X-Tenant": "other" })).id, first.id);
    assert.notEqual((await upload(rig, file + "\n")).id, first.id);
    assert.equal((await rig.walk(PATH, 10)).length, 2);
  });

  Deno.test(`an upload that is cancelled is processed no further, and can be uploaded again, on ${engine}`, async () => {
    await using rig = await openParcelRoutes(engine);
    await rig.ask(200, "POST", "/api/kinds/employee-upload/pause");
    const file = employeesCsv(many(2_500));
    const { id } = await upload(rig, file);
    const cancelled = await rig.ask(200, "POST", `${PATH}/${id}/cancel`);
    assert.deepEqual([cancelled.status, cancelled.processed], ["cancelled", 0]);
    assert.ok(cancelled.finishedAt !== null);
    assert.deepEqual(await rig.ask(200, "POST", `${PATH}/${id}/cancel`), cancelled);
    await rig.ask(200, "POST", "/api/kinds/employee-upload/resume");
    await rig.until(`/api/actors/employee-upload/${id}`, ({ status }) => status === 404);
    assert.deepEqual(await leftovers(rig, id), []);
    assert.deepEqual(await rig.walk("/api/employees", 200), []);
    const again = await upload(rig, file);
    assert.equal((await ended(rig, again.id)).accepted, 2_500);
    await problemIn(await rig.send("POST", `${PATH}/${again.id}/cancel`), 409);
    const audit = await rig.ask(200, "GET", "/api/audit");
    const deeds = audit.items.map(({ action, subject }: Record<string, string>) => [action, subject]);
    assert.deepEqual(deeds.filter(([action]: string[]) => /Employee/.test(action!)), [
      ["uploadEmployees", `employee-upload/${again.id}`],
      ["cancelEmployeeUpload", `employee-upload/${id}`],
      ["uploadEmployees", `employee-upload/${id}`],
    ]);
  });

  Deno.test(`what was processed before somebody cancels stays, and nothing comes after, on ${engine}`, async () => {
    await using rig = await openParcelRoutes(engine);
    const { id } = await upload(rig, employeesCsv(many(30_000)));
    await rig.until(`${PATH}/${id}`, ({ processed }) => processed > 0);
    const { processed } = await rig.ask(200, "POST", `${PATH}/${id}/cancel`);
    await rig.until(`/api/actors/employee-upload/${id}`, ({ status }) => status === 404);
    const cancelled = await rig.ask(200, "GET", `${PATH}/${id}`);
    assert.deepEqual([cancelled.status, cancelled.processed], ["cancelled", processed]);
    assert.equal((await rig.walk("/api/employees", 200)).length, processed);
    assert.ok(processed > 0 && processed < 30_000);
    assert.deepEqual(await leftovers(rig, id), []);
    const told = (await readEvents(rig.system, "acme")).filter(({ type }) => type.startsWith("employee-upload."));
    assert.equal(told.at(-1)!.type, "employee-upload.cancelled");
  });

  Deno.test(`an upload whose processing is given up says so and leaves no rows, on ${engine}`, async () => {
    await using rig = await openParcelRoutes(engine);
    const { system } = rig;
    const [id, at] = [system.createId(), system.now()];
    const rows = JSON.stringify([[2, "1,Ada,ada@example.com,2026-01-31", null]]);
    const acceptance = { id, position: id, fingerprint: id, header: "no JSON", sizeBytes: 1, at };
    const writes = [
      ["created", { id, by: "ada", at }],
      ["rowsStaged", { uploadId: id, rows }],
      ["grown", { id, count: 1, at }],
      ["accepted", acceptance],
    ] as const;
    const to = uploadAt("acme", id);
    await system.tellAll([
      { to, message: "work", payload: {}, maxAttempts: 1 },
      { to, message: "settle", payload: {} },
    ], {
      deed: { by: "ada", rows: writes.map(([write, args]) => ({ tables: employeeTables.name, write, args })) },
    });
    await rig.until("/api/dead-letters", ({ items }) => items.length === 1);
    const { fingerprint, error } = await eventually(rig, async () => {
      const row = await system.point("acme", employeeTables.queries.upload, { id });
      return row?.status === "failed" ? row : null;
    });
    assert.deepEqual([fingerprint, error], [null, "Its processing failed again and again, and was given up"]);
    await eventually(rig, async () => (await leftovers(rig, id)).length === 0 ? true : null);
    const told = (await readEvents(system, "acme")).filter(({ subject }) => subject === `employee-upload/${id}`);
    assert.deepEqual(told.map(({ type }) => type), ["message.dead-lettered", "employee-upload.failed"]);
  });
}

Deno.test("an upload that breaks off in the middle leaves nothing", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const file = new TextEncoder().encode(employeesCsv(many(20_000)));
  let at = 0;
  const found: number[] = [];
  const breaking = new ReadableStream<Uint8Array>({
    pull(controller) {
      found.push(countOf(rig, "employee_rows"));
      if (at > file.length / 2) return controller.error(new Error("reset"));
      controller.enqueue(file.subarray(at, at += 64 * 1024));
    },
  }, { highWaterMark: 0 });
  await problemIn(await rig.send("POST", PATH, breaking, CSV), 400);
  // They lay in the table while the rest was still to come.
  assert.ok(found.at(-1)! > 5_000, `${found}`);
  for (const table of ["employee_rows", "employee_uploads", "messages"]) assert.equal(countOf(rig, table), 0, table);
  assert.deepEqual(await rig.walk(PATH, 10), []);
});

Deno.test("what cannot be a file of employees is refused, and leaves nothing", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const send = (body: unknown, headers: Readonly<Record<string, string>> = CSV) =>
    rig.send("POST", PATH, body, headers);
  const { detail } = await problemIn(await send("name,email\nAda,ada@example.com\n"), 422);
  assert.match(detail, /no employee_number, start_date/);
  await problemIn(await send(`${HEADER},Name\n`), 422);
  await problemIn(await send("employee_number;name;email;start_date\n"), 422);
  await problemIn(await send('"employee_number\n'), 422);
  await problemIn(await send("\n\n"), 422);
  await problemIn(await send(""), 400);
  for (const type of ["application/json", "text/plain", "text/csv; charset=latin1", ""]) {
    await problemIn(await send(`${HEADER}\n`, { "Content-Type": type }), 415);
  }
  await problemIn(await send(`${HEADER}\n`, { ...CSV, "Content-Encoding": "gzip" }), 415);
  await problemIn(await send(`${HEADER}\n`, { ...CSV, "Content-Length": `${64 * 1024 * 1024 + 1}` }), 413);
  await problemIn(await send(`${HEADER}\n`, { ...CSV, "Idempotency-Key": "a b" }), 400);
  await problemIn(await send("--x\r\n", { "Content-Type": "multipart/form-data; boundary=x" }), 400);
  await problemIn(await send("nothing", { "Content-Type": "multipart/form-data" }), 400);
  await problemIn(await send(formOf(null), {}), 400);
  for (const table of ["employee_rows", "employee_uploads"]) assert.equal(countOf(rig, table), 0, table);
  assert.equal((await upload(rig, `${HEADER}\n`)).staged, 0);
});

Deno.test("a repeat of an Idempotency-Key is the same upload, and another file with it is refused", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const key = { "Idempotency-Key": "monday" };
  await rig.ask(200, "POST", "/api/kinds/employee-upload/pause");
  const first = await upload(rig, employeesCsv(many(2)), 201, key);
  assert.equal((await upload(rig, employeesCsv(many(2)), 200, key)).id, first.id);
  await rig.ask(200, "POST", `${PATH}/${first.id}/cancel`);
  assert.equal((await upload(rig, employeesCsv(many(2)), 200, key)).status, "cancelled");
  await problemIn(await rig.send("POST", PATH, employeesCsv(many(3)), { ...CSV, ...key }), 422);
  assert.equal(countOf(rig, "employee_uploads"), 1);
});

Deno.test("rejected rows come as a file without formulas, which can be mended and uploaded again", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const rows = many(450, (index) => ({ name: "=HYPERLINK(1)", email: `@${index}`, start: "+1", end: "-1" }));
  const { id } = await upload(rig, employeesCsv(rows) + '=1+1,"\n');
  assert.equal((await ended(rig, id)).rejected, 451);
  const response = await rig.send("GET", `${PATH}/${id}/rejected.csv`);
  assert.equal(response.headers.get("content-type"), "text/csv; charset=utf-8");
  assert.equal(response.headers.get("content-disposition"), `attachment; filename="rejected-${id}.csv"`);
  const text = await response.text();
  const lines = text.trimEnd().split("\r\n");
  assert.equal(lines[0], `line,reason,${HEADER},unreadable`);
  assert.equal(lines.length, 452);
  assert.equal(lines[451], `452,a quote is never closed,,,,,,"'=1+1,"""`);
  assert.ok(lines.slice(1).every((line) => !/(^|,)"?[=+@-]/.test(line)), lines[1]);
  const mended = lines.slice(0, -1).join("\n").replaceAll("'@", "ada@example.com").replaceAll("'+1", "2026-01-31")
    .replaceAll("'-1", "").replaceAll(/example\.com\d+/g, "example.com");
  const again = await upload(rig, mended);
  assert.equal((await ended(rig, again.id)).accepted, 450);
});

Deno.test("neither events nor the audit log nor what is shown of actors names an employee", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const canary = { number: "Canary-1", name: "Canary Two", email: "canary@three.example", start: "1999-04-04" };
  const { id } = await upload(rig, employeesCsv([canary, { ...canary, email: "canary five" }, ...many(3_000)]));
  await ended(rig, id);
  const told = await readEvents(rig.system, "acme");
  const types = told.filter(({ subject }) => subject === `employee-upload/${id}`).map(({ type }) => type);
  assert.deepEqual(types, [...Array(3).fill("employee-upload.progressed"), "employee-upload.completed"]);
  const said = [told, await rig.ask(200, "GET", "/api/audit"), await rig.ask(200, "GET", `${PATH}/${id}`)];
  assert.ok(!/canary|1999-04-04/i.test(JSON.stringify(said)));
});

function formOf(file: string | null): FormData {
  const form = new FormData();
  form.set("note", "before the file");
  if (file !== null) form.set("file", new File([file], "staff.csv", { type: "text/csv" }));
  return form;
}

function countOf({ path }: ParcelRoutesRig, table: string): number {
  using db = new DatabaseSync(path, { readOnly: true });
  return Number(db.prepare(`select count(*) as many from ${table}`).get()!["many"]);
}

/** Staged rows that nobody has taken away. */
async function leftovers({ system }: ParcelRoutesRig, uploadId: string): Promise<readonly unknown[]> {
  return await system.query("acme", employeeTables.queries.staged, { uploadId, after: 0, limit: 10 });
}

/** What it answers once that is something; asked after each commit. */
async function eventually<T>(rig: ParcelRoutesRig, look: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const news = Promise.withResolvers<void>();
    const end = rig.system.watchCommits(() => news.resolve());
    const found = await look();
    if (found !== null) return end(), found;
    await news.promise;
    end();
  }
}
