import assert from "node:assert/strict";
import { type KindNames, namesOf } from "../support/new_kind/names.ts";
import { withRegistered } from "../support/new_kind/registered.ts";

const REGISTRY = `import { createRegistry, type Registry } from "../runtime/authoring.ts";
import { counter } from "./counter/counter.ts";
import { reportJob } from "./report/report_job.ts";

/** Every kind. */
export const registry: Registry = createRegistry([
counter,
reportJob,
]);
`;

function named(...[shape, kind]: Parameters<typeof namesOf>): KindNames {
  const names = namesOf(shape, kind);
  return typeof names === "string" ? assert.fail(names) : names;
}

Deno.test("namesOf() spells a kind as each place wants it", () => {
  const { folder, variable, source, test } = named("job", "wash-receipt-2");
  assert.deepEqual([folder, variable], ["actors/wash_receipt_2", "washReceipt2Job"]);
  assert.deepEqual(source, "actors/wash_receipt_2/wash_receipt_2_job.ts");
  assert.deepEqual(test, "tests/unit/wash_receipt_2_test.ts");
  assert.equal(named("actor", "wash-receipt").source, "actors/wash_receipt/wash_receipt.ts");
});

Deno.test("namesOf() gives an actor another constant when the language or its own files need the name", () => {
  const variables = ["cart", "delete", "z", "test-actor", "registry"].map((kind) => named("actor", kind).variable);
  assert.deepEqual(variables, ["cart", "deleteActor", "zActor", "testActorActor", "registryActor"]);
  assert.equal(named("job", "delete").variable, "deleteJob");
});

for (const name of ["", "Job", "wash_receipt", "-a", "a-", "a--b", "2nd", "../x", "a/b", "ü", "a b", "a".repeat(61)]) {
  Deno.test(`namesOf() refuses ${JSON.stringify(name)}`, () => {
    assert.match(String(namesOf("job", name)), /not kebab-case|too long/);
  });
}

Deno.test("withRegistered() puts the import and the entry where the alphabet does", () => {
  const lines = (kind: string) => withRegistered(REGISTRY, named("actor", kind))!.split("\n");
  for (const [kind, at, entry] of [["apple", 1, 7], ["pear", 2, 8], ["zebra", 3, 9]] as const) {
    assert.equal(lines(kind)[at], `import { ${kind} } from "./${kind}/${kind}.ts";`);
    assert.equal(lines(kind)[entry], `${kind},`);
    const others = lines(kind).filter((_line, index) => index !== at && index !== entry);
    assert.deepEqual(others, REGISTRY.split("\n"));
  }
});

Deno.test("withRegistered() changes nothing that it does not understand", () => {
  const pear = named("actor", "pear");
  assert.equal(withRegistered(REGISTRY.replace("reportJob,", "...reports,"), pear), undefined);
  assert.equal(withRegistered("export const registry = all;", pear), undefined);
  assert.equal(withRegistered(REGISTRY, named("actor", "counter")), undefined);
});
