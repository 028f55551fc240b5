import assert from "node:assert/strict";
import { parser } from "@prometheus-io/lezer-promql";
import { parse } from "yaml";
import type { ErrorClass } from "../../runtime/upstream/contract.ts";
import { setupApp } from "../support/test_app.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const FILE = new URL("../../.deploy/alerts.yaml", import.meta.url);
const { groups } = parse(await Deno.readTextFile(FILE)) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

/** What an expression says at each node of this name; one that is not PromQL fails. */
function partsOf(expr: string, wanted: string): readonly string[] {
  const parts: string[] = [];
  parser.parse(expr).iterate({
    enter({ type, from, to }) {
      assert.ok(!type.isError, `${expr} at ${from}`);
      if (type.name === wanted) parts.push(expr.slice(from, to));
    },
  });
  return parts;
}

/** The metrics that a node among others has, by name. */
async function metricsOfNode(): Promise<ReadonlyMap<string, string>> {
  const { get } = setupApp({ standing: { node: "one", leaseLeftMs: 1, nodes: 2, aheadMs: 0 } as never });
  const text = await (await get("/metrics")).text();
  return new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]));
}

Deno.test("S4-59 every alert is of a metric that the server has, in words that say what to do", async () => {
  const metrics = await metricsOfNode();
  assert.ok(rules.length >= 15);
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, expr, labels, annotations } of rules) {
    assert.match(alert, /^Mailroom[A-Z]/);
    assert.match(labels["severity"] ?? "", /^(page|ticket)$/);
    assert.ok(annotations["summary"] && annotations["description"]?.endsWith("."), alert);
    const names = partsOf(expr, "Identifier").filter((name) => !partsOf(expr, "GroupingLabels").join().includes(name));
    assert.ok(names.length > 0, expr);
    for (const name of names) {
      if (name === "up") continue;
      const type = metrics.get(name) ?? metrics.get(name.replace(/_bucket$/, ""));
      assert.ok(type !== undefined, `${alert}: there is no metric ${name}`);
      assert.equal(/_total$/.test(name), type === "counter", name);
    }
    // A counter means nothing by itself.
    const counted = names.filter((name) => /_(total|bucket)$/.test(name)).length;
    assert.equal(partsOf(expr, "FunctionIdentifier").filter((name) => /^(rate|increase)$/.test(name)).length, counted);
  }
});

Deno.test("S4-59 alerts choose by values that there are", () => {
  const outside: readonly ErrorClass[] = ["none", "rate-limit", "limited", "cancelled"];
  const values = rules.flatMap(({ expr }) => partsOf(expr, "StringLiteral"))
    .flatMap((text) => text.slice(1, -1).split("|"))
    .filter((value) => value !== "mailroom");
  assert.deepEqual(values.toSorted(), ["retried", "dead-lettered", "5xx", ...outside].toSorted());
});
