import assert from "node:assert/strict";
import type { StoreReads } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import { commit, entry, noteRow, writing } from "../../support/store_entries.ts";

/** A declared query of acme's notes, both ways; `query` speaks JSON text. */
const WAYS = {
  query: async (read: StoreReads, query: string, args: object): Promise<unknown> =>
    JSON.parse(await read.query({ tenant: "acme", tables: "note", query, args: JSON.stringify(args) })),
  point: (read: StoreReads, query: string, args: object): Promise<unknown> =>
    read.point({ tenant: "acme", tables: "note", query, args }),
};

export function queryContract(name: string, openStore: OpenStore): void {
  for (const [way, ask] of Object.entries(WAYS)) {
    for (const query of ["byId", "rowById"]) {
      Deno.test(`${name} ${way}() of ${query} answers committed rows`, async () => {
        await using opened = await openStore();
        const { store } = opened;
        assert.equal(await ask(store.read, query, { id: "n" }), null);
        await commit(store, writing(noteRow("added", { id: "n", body: "text" })));
        assert.deepEqual(await ask(store.read, query, { id: "n" }), { id: "n", body: "text", stars: 0 });
        assert.equal(await ask(store.read, query, { id: "m" }), null);
      });

      Deno.test(`${name} ${way}() of ${query} binds the tenant, whatever the arguments say`, async () => {
        await using opened = await openStore();
        const { store } = opened;
        await commit(store, entry({ tenant: "rival", writes: [noteRow("added", { id: "n", body: "secret" })] }));
        assert.equal(await ask(store.read, query, { id: "n", tenant: "rival" }), null);
      });

      Deno.test(`${name} ${way}() of ${query} refuses arguments that do not fit`, async () => {
        await using opened = await openStore();
        await assert.rejects(ask(opened.store.read, query, { id: 7 }), {
          name: "RuntimeError",
          code: "invalid-message",
        });
      });
    }

    Deno.test(`${name} ${way}() refuses unknown queries`, async () => {
      await using opened = await openStore();
      await assert.rejects(ask(opened.store.read, "toString", {}), { name: "RuntimeError", code: "unknown-query" });
    });

    Deno.test(`${name} ${way}() passes on what a query throws and answers the next one`, async () => {
      await using opened = await openStore();
      await assert.rejects(ask(opened.store.read, "broken", {}), /the query is broken/);
      assert.deepEqual(await ask(opened.store.read, "all", {}), []);
    });
  }
}
