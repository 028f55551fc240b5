import assert from "node:assert/strict";
import type { OpenStore } from "../../support/opened_store.ts";
import { commit, entry, noteRow, writing } from "../../support/store_entries.ts";

export function queryContract(name: string, openStore: OpenStore): void {
  for (const way of ["query", "point"] as const) {
    Deno.test(`${name} ${way}() answers JSON of committed rows`, async () => {
      await using opened = await openStore();
      const { store } = opened;
      const ask = (id: string) =>
        store.read[way]({ tenant: "acme", tables: "note", query: "byId", args: JSON.stringify({ id }) });
      assert.equal(await ask("n"), "null");
      await commit(store, writing(noteRow("added", { id: "n", body: "text" })));
      assert.deepEqual(JSON.parse(await ask("n")), { id: "n", body: "text", stars: 0 });
    });

    Deno.test(`${name} ${way}() binds the tenant, whatever the arguments say`, async () => {
      await using opened = await openStore();
      const { store } = opened;
      await commit(store, entry({ tenant: "rival", writes: [noteRow("added", { id: "n", body: "secret" })] }));
      const args = JSON.stringify({ id: "n", tenant: "rival" });
      assert.equal(await store.read[way]({ tenant: "acme", tables: "note", query: "byId", args }), "null");
    });

    Deno.test(`${name} ${way}() refuses unknown queries and arguments that do not fit`, async () => {
      await using opened = await openStore();
      const ask = (query: string, args: string) =>
        opened.store.read[way]({ tenant: "acme", tables: "note", query, args });
      await assert.rejects(ask("toString", "{}"), { name: "RuntimeError", code: "unknown-query" });
      await assert.rejects(ask("byId", '{"id":7}'), { name: "RuntimeError", code: "invalid-message" });
    });

    Deno.test(`${name} ${way}() passes on what a query throws and answers the next one`, async () => {
      await using opened = await openStore();
      const ask = (query: string) => opened.store.read[way]({ tenant: "acme", tables: "note", query, args: "{}" });
      await assert.rejects(ask("broken"), /the query is broken/);
      assert.equal(await ask("all"), "[]");
    });
  }
}
