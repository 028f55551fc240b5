import assert from "node:assert/strict";
import { apiOf, rowsOf } from "../support/api.ts";
import { problemIn } from "../support/test_app.ts";
import { shareServer } from "../support/shared_server.ts";

const theServer = shareServer();

Deno.test("rows are imported", async (t) => {
  const server = theServer();
  const { send, submit, waitFor } = apiOf(server);
  const rejects = [
    { line: 5, reason: "the key is empty" },
    { line: 6, reason: "3 columns, but the header has 2" },
  ];

  await t.step("I can import rows that I send along, and am told the lines of the bad ones [S2-15]", async () => {
    const content = "id,name\r\n1,Ann\r\n2,Bob\r\n3,Cid\r\n,nobody\r\n4,x,y\r\n";
    const { id } = await submit({ type: "import", payload: { dataset: "people", content } });
    const { result } = await waitFor(id, "succeeded");
    assert.deepEqual(result, { dataset: "people", accepted: 3, rejected: 2, rows: 5, bytes: content.length, rejects });
    assert.deepEqual(
      rowsOf(
        server,
        "select key, data, line, job_id from imports where tenant = ? and dataset = 'people'",
        server.tenant,
      ),
      [
        { key: "1", data: '{"id":"1","name":"Ann"}', line: 2, job_id: id },
        { key: "2", data: '{"id":"2","name":"Bob"}', line: 3, job_id: id },
        { key: "3", data: '{"id":"3","name":"Cid"}', line: 4, job_id: id },
      ],
    );
    assert.deepEqual(
      rowsOf(server, "select line, reason from import_rejects where job_id = ? order by line", id),
      rejects,
    );
  });

  await t.step("I can upload a file to be imported, and download what was rejected of it [S2-15]", async () => {
    const file = 'code,name\nAMS,"Amster\ndam"\nRTM,Rotterdam\n,None\nX,Y,Z\n';
    const path = "/api/jobs/import?dataset=cities&key=code";
    const response = await send("POST", path, file, { "content-type": "text/csv" });
    assert.equal(response.status, 201);
    const { id } = await response.json();
    assert.equal(response.headers.get("location"), `/api/jobs/${id}`);
    const { result } = await waitFor(id, "succeeded");
    const { accepted, rejected, rejects: told } = result as { accepted: number; rejected: number; rejects: unknown };
    assert.deepEqual({ accepted, rejected, told }, { accepted: 2, rejected: 2, told: rejects });
    assert.equal(
      await (await send("GET", `/api/jobs/${id}/result?format=csv`)).text(),
      'line,reason\r\n5,the key is empty\r\n6,"3 columns, but the header has 2"\r\n',
    );
    assert.deepEqual(
      rowsOf(
        server,
        "select key, data from imports where tenant = ? and dataset = 'cities' order by key",
        server.tenant,
      ),
      [
        { key: "AMS", data: '{"code":"AMS","name":"Amster\\ndam"}' },
        { key: "RTM", data: '{"code":"RTM","name":"Rotterdam"}' },
      ],
    );
  });

  await t.step("when I import the same rows again they are changed, not doubled [S2-15]", async () => {
    for (const name of ["Old", "New"]) {
      const payload = { dataset: "again", content: `id,name\n1,${name}\n` };
      await waitFor((await submit({ type: "import", payload })).id, "succeeded");
    }
    assert.deepEqual(
      rowsOf(server, "select key, data, revision from imports where tenant = ? and dataset = 'again'", server.tenant),
      [
        { key: "1", data: '{"id":"1","name":"New"}', revision: 2 },
      ],
    );
  });

  await t.step("an import that cannot be one is refused before it is a job [S2-15]", async () => {
    const post = (path: string, body: string, type: string) => send("POST", path, body, { "content-type": type });
    await problemIn(await post("/api/jobs/import?dataset=d", "<rows/>", "application/xml"), 415);
    await problemIn(await post("/api/jobs/import?dataset=no%20name", "id\n1\n", "text/csv"), 422);
    await problemIn(await post("/api/jobs/import?dataset=d", "", "text/csv"), 400);
    await problemIn(await send("POST", "/api/jobs", { type: "import", payload: { dataset: "d" } }), 422);
  });
});

Deno.test("I can have a report on what my jobs did and download it as JSON, CSV and a page [S2-16]", async () => {
  const server = theServer();
  const { send, submit, waitFor } = apiOf(server);
  const other = apiOf(theServer());
  await other.waitFor((await other.submit({ type: "trivial" })).id, "succeeded");
  for (let count = 0; count < 3; count++) await waitFor((await submit({ type: "trivial" })).id, "succeeded");
  await waitFor((await submit({ type: "misbehaving", payload: { how: "throw" } })).id, "failed");
  const content = 'id\n1\n2\n""\n';
  await waitFor((await submit({ type: "import", payload: { dataset: "d", content } })).id, "succeeded");

  const { id } = await submit({ type: "report" });
  await waitFor(id, "succeeded");
  const download = async (format: string, contentType: RegExp) => {
    const response = await send("GET", `/api/jobs/${id}/result?format=${format}`);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type")!, contentType);
    assert.equal(response.headers.get("content-disposition"), `attachment; filename="report-${id}.${format}"`);
    return await response.text();
  };

  const report = JSON.parse(await download("json", /^application\/json/));
  const counts = { cancelled: 0, queued: 0, running: 0 };
  assert.deepEqual(report.jobs.map(({ durationMs: _, ...job }: Record<string, unknown>) => job), [
    { type: "import", total: 1, succeeded: 1, failed: 0, ...counts },
    { type: "misbehaving", total: 1, succeeded: 0, failed: 1, ...counts },
    { type: "trivial", total: 3, succeeded: 3, failed: 0, ...counts },
  ]);
  assert.deepEqual(report.failures, [{ code: "handler-failed", message: "thrown on purpose", count: 1 }]);
  assert.deepEqual([report.tenant, report.rowsImported, report.rowsRejected], [server.tenant, 2, 1]);

  const csv = await download("csv", /^text\/csv/);
  for (const line of ["jobs,trivial,succeeded,3", "rows,imports,imported,2", "jobs,misbehaving,failed,1"]) {
    assert.ok(csv.includes(`\r\n${line}\r\n`), line);
  }
  const page = await download("html", /^text\/html/);
  assert.ok(page.includes(`<title>Job report of ${server.tenant}</title>`));
  assert.match(page, /thrown on purpose/);
  await problemIn(await send("GET", `/api/jobs/${id}/result?format=pdf`), 422);
});
