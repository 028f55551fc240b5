import assert from "node:assert/strict";
import { isAllowedHost } from "../../runtime/tenant/allowed_host.ts";
import { createTenantBook } from "../../runtime/tenant/book.ts";
import { DEFAULT_SETTINGS, tenantSettings } from "../../runtime/tenant/settings.ts";
import type { RegisteredTenantRow } from "../../runtime/tenant/tables.ts";

function rowOf(id: string, more: Partial<RegisteredTenantRow> = {}): RegisteredTenantRow {
  return {
    ...{ id, name: id, status: "active", settings: "{}", revision: 1, createdAt: 1, createdBy: "ops", updatedAt: 1 },
    ...{ deletingAt: null, lastRows: null },
    ...more,
  };
}

/** A book over rows that the test changes; `reading` is called while a page is read. */
function setup(rows: RegisteredTenantRow[], reading: () => void = () => {}) {
  const told: string[] = [];
  const book = createTenantBook({
    query(asked) {
      const { after, limit } = JSON.parse(asked.args) as { after: string; limit: number };
      const page = rows.filter(({ id }) => id > after).toSorted((a, b) => a.id < b.id ? -1 : 1).slice(0, limit);
      const text = JSON.stringify(page);
      reading();
      return Promise.resolve(text);
    },
  });
  book.watch((id) => void told.push(id));
  return { book, told };
}

Deno.test("a tenant that nobody has registered is active and has the installation's settings", () => {
  const { book } = setup([]);
  assert.deepEqual([book.find("acme"), book.statusOf("acme"), book.settingsOf("acme")], [
    null,
    "active",
    DEFAULT_SETTINGS,
  ]);
});

Deno.test("refresh() reads all tenants, page by page, and tells of those that have changed", async () => {
  const rows = Array.from({ length: 1_201 }, (_, index) => rowOf(`t${String(index).padStart(5, "0")}`));
  const { book, told } = setup(rows);
  await book.refresh();
  assert.equal([...book.all()].length, rows.length);
  told.length = 0;
  rows[700] = rowOf(rows[700]!.id, { revision: 2, status: "suspended", settings: '{"weight":3}' });
  rows.pop();
  await book.refresh();
  assert.deepEqual(told, ["t00700", "t01200"]);
  assert.deepEqual([book.statusOf("t00700"), book.settingsOf("t00700").weight], ["suspended", 3]);
  assert.deepEqual([[...book.held], book.find("t01200")], [["t00700"], null]);
});

Deno.test("what is known of a tenant never becomes older", async () => {
  const { book, told } = setup([rowOf("acme", { name: "Old" })]);
  book.put(rowOf("acme", { name: "New", revision: 2 }));
  await book.refresh();
  book.put(rowOf("acme", { name: "Older", revision: 1 }));
  assert.deepEqual([book.find("acme")!.name, told], ["New", ["acme"]]);
  book.put(rowOf("acme", { name: "Registered anew", revision: 1, createdAt: 9 }));
  assert.equal(book.find("acme")!.name, "Registered anew");
});

Deno.test("what changes here while all are read is not undone by what was read", async () => {
  const rows = [rowOf("acme"), rowOf("globex")];
  const { book } = setup(rows, () => {
    book.drop("acme");
    book.put(rowOf("initech"));
  });
  await book.refresh();
  assert.deepEqual([...book.all()].map(({ id }) => id).sort(), ["globex", "initech"]);
});

Deno.test("isAllowedHost() takes a host that is named, and those below one with *.", () => {
  const hosts = ["hooks.acme.example", "*.acme.org"];
  for (const url of ["https://hooks.acme.example/a", "https://HOOKS.acme.example./", "https://a.b.acme.org"]) {
    assert.equal(isAllowedHost(new URL(url), hosts), true, url);
  }
  for (
    const url of [
      "https://acme.org",
      "https://evilacme.org",
      "https://hooks.acme.example.evil.org",
      "https://x.example",
    ]
  ) {
    assert.equal(isAllowedHost(new URL(url), hosts), false, url);
  }
});

Deno.test("a tenant's settings are within their bounds, and nothing else", () => {
  assert.ok(tenantSettings.safeParse({ ...DEFAULT_SETTINGS, weight: 3, webhookHosts: ["*.acme.example"] }).success);
  for (
    const wrong of [{ weight: 0 }, { weight: 101 }, { jobsKeptDays: 0.5 }, { webhookHosts: ["A.example"] }, { x: 1 }]
  ) {
    assert.ok(!tenantSettings.safeParse({ ...DEFAULT_SETTINGS, ...wrong }).success, JSON.stringify(wrong));
  }
});
