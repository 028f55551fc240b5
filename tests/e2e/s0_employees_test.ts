import assert from "node:assert/strict";
import { type Api, apiOf, rowsOf, until } from "../support/api.ts";
import { employeesCsv } from "../support/employee_files.ts";
import { startServer } from "../support/running_server.ts";

const TENANTS = ["north", "south", "harbour"];
const ROWS = 600;

type Json = Record<string, unknown>;

Deno.test("tenants upload their employees", async (t) => {
  await using server = await startServer();
  const apis = TENANTS.map((tenant) => ({ tenant, api: apiOf(server, { tenant }) }));
  const fileOf = (tenant: string) =>
    employeesCsv(Array.from({ length: ROWS }, (_, index) => ({
      number: `E-${1_000 + index}`,
      email: index % 100 === 7 ? "nowhere" : `${tenant}-${index}@people.example`,
    })));

  await t.step(
    "rows of employees are staged when I have my answer, and processed though the server dies [S0-19]",
    async () => {
      const uploads = await Promise.all(apis.map(async ({ tenant, api }) => {
        const response = await api.send("POST", "/api/employee-uploads", fileOf(tenant), {
          "content-type": "text/csv",
        });
        const { id, staged } = await response.json();
        assert.deepEqual([response.status, staged], [201, ROWS]);
        return { api, id };
      }));
      await server.kill();
      await server.restart();
      for (const { api, id } of uploads) {
        const { accepted, rejected } = await until("it is processed", async () => {
          const upload = await read(api, `/api/employee-uploads/${id}`);
          return upload.status === "completed" ? upload : undefined;
        });
        assert.deepEqual([accepted, rejected], [ROWS - 6, 6]);
        const { items } = await read(api, `/api/employee-uploads/${id}/rejected`);
        assert.deepEqual((items as Json[]).map(({ line }) => line), [9, 109, 209, 309, 409, 509]);
      }
    },
  );

  await t.step("each tenant has its own, whatever their numbers are, and nothing stays staged [S0-19]", async () => {
    for (const { tenant, api } of apis) {
      const employee = await read(api, "/api/employees/E-1042");
      assert.equal(employee.email, `${tenant}-42@people.example`);
    }
    assert.deepEqual(
      rowsOf(server, "select tenant, count(*) as staff from employees group by tenant order by tenant"),
      TENANTS.toSorted().map((tenant) => ({ tenant, staff: ROWS - 6 })),
    );
    await until("staged rows are gone", () => {
      const [{ left } = {}] = rowsOf(server, "select count(*) as left from employee_rows");
      return Promise.resolve(left === 0 || undefined);
    });
  });
});

async function read(api: Api, path: string): Promise<Json> {
  const response = await api.send("GET", path);
  const text = await response.text();
  assert.equal(response.status, 200, `${path}: ${text}`);
  return JSON.parse(text);
}
