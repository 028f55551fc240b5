import assert from "node:assert/strict";
import { z } from "zod";
import { createRegistry as createBareRegistry } from "../../runtime/actor/registry.ts";
import { createRegistry, defineActor, defineTables, type Tables } from "../../runtime/authoring.ts";
import { installationTables } from "../../runtime/installation.ts";

function kindWith(kind: string, ...tables: Tables[]) {
  return defineActor({ kind, state: z.object({}), initial: {}, messages: {}, on: {}, tables });
}

function tablesNamed(name: string): Tables {
  return defineTables<Record<string, never>>()(name, { migrations: {}, writes: () => ({}), queries: () => ({}) });
}

Deno.test("createRegistry() has the installation's own tables, whatever the kinds bring", () => {
  assert.deepEqual([...createRegistry([]).tables.values()], installationTables);
  const shelf = tablesNamed("shelf");
  assert.deepEqual([...createRegistry([kindWith("parcel", shelf)]).tables.values()], [...installationTables, shelf]);
});

Deno.test("createRegistry() takes a table set that comes twice once, and refuses another of its name", () => {
  const shelf = tablesNamed("shelf");
  const kinds = [kindWith("parcel", shelf), kindWith("letter", shelf)];
  assert.deepEqual([...createBareRegistry(kinds, [shelf]).tables.values()], [shelf]);
  assert.throws(() => createBareRegistry(kinds, [tablesNamed("shelf")]), /Two table sets are named shelf/);
});
