import assert from "node:assert/strict";
import { seededRandom } from "../../runtime/core/random.ts";
import { apiOf, rowsOf, statusOf, until } from "../support/api.ts";
import { drawFile } from "../support/employee_files.ts";
import { startServer } from "../support/running_server.ts";

const PATH = "/api/employee-uploads";
const CSV = { "content-type": "text/csv" };
const ENDED = "status in ('completed', 'failed', 'cancelled')";

Deno.test("files of employees at the running server", async (t) => {
  await using server = await startServer();
  const random = seededRandom(19);

  await t.step("S0-19 each tenant's rows are staged, then processed, and only its own are there", async () => {
    for (const tenant of ["north", "south"]) {
      const api = apiOf(server, { tenant });
      const file = drawFile(random, { rows: 200, pool: 500, mark: tenant });
      const response = await api.send("POST", PATH, file.text, CSV);
      assert.equal(response.status, 201);
      const { id, staged } = await response.json();
      assert.equal(staged, 200);
      const upload = await ended(api, id);
      assert.deepEqual([upload.status, upload.accepted, upload.rejected], [
        "completed",
        file.employees.size,
        file.faulty.length,
      ]);
      const [number, { name, line }] = [...file.employees].at(-1)!;
      const employee = await (await api.send("GET", `/api/employees/${number}`)).json();
      assert.deepEqual([employee.name, employee.line, employee.uploadId], [name, line, id]);
      assert.equal(await statusOf(api.send("POST", PATH, file.text, CSV)), 200);
    }
    assert.deepEqual(rowsOf(server, "select * from employee_rows limit 1"), []);
  });

  await t.step("S0-20 60 uploads of a tenant are processed, whatever happens to the server meanwhile", async () => {
    const api = apiOf(server, { tenant: "many" });
    const files = Array.from(
      { length: 60 },
      (_, index) => drawFile(random, { rows: 100, pool: 300, mark: `${index}` }),
    );
    const send = async (text: string) => (await (await api.send("POST", PATH, text, CSV)).json()).id;
    const ids = await Promise.all(files.map(({ text }) => send(text)));
    await server.kill();
    await server.restart();
    await until("all uploads have ended", () => {
      const open = rowsOf(server, `select id from employee_uploads where tenant = 'many' and not ${ENDED} limit 1`);
      return Promise.resolve(open.length === 0 ? true : undefined);
    });
    const [sums] = rowsOf(
      server,
      `select count(*) as uploads, sum(staged) as staged, sum(accepted + rejected) as processed
       from employee_uploads where tenant = 'many' and status = 'completed'`,
    );
    assert.deepEqual({ ...sums }, { uploads: 60, staged: 6_000, processed: 6_000 });
    assert.equal(new Set(ids).size, 60);
  });
});

async function ended(api: ReturnType<typeof apiOf>, id: string) {
  return await until(`upload ${id} has ended`, async () => {
    const upload = await (await api.send("GET", `${PATH}/${id}`)).json();
    return upload.finishedAt === null ? undefined : upload;
  });
}
