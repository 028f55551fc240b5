import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { SETTINGS } from "../../runtime/system/config.ts";

const README = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));

Deno.test("the README's table lists every setting with its default and meaning", () => {
  const rows = [...README.matchAll(/^\| `([A-Z0-9_]+)`\s*\| (?:`([^`]*)`)?\s*\| (.*?)\s*\|$/gm)];
  const table = rows.map(([, name, fallback = "", meaning]) => ({ name, default: fallback, meaning }));
  assert.deepEqual(table, SETTINGS.map((setting) => ({ ...setting })));
});

Deno.test("every task that the README names exists", () => {
  const named = new Set([...README.matchAll(/\b(?:deno|deno@2\.9) task ([a-z:]+)/g)].map(([, task]) => task!));
  assert.deepEqual([...named].filter((task) => !(task in project.tasks)), []);
  assert.ok(named.has("start") && named.has("test"));
});

Deno.test("every place in the README that it refers to exists", () => {
  const headings = [...README.matchAll(/^#+ (.*)$/gm)].map(([, text]) => text!);
  const places = new Set(headings.map((text) => text.toLowerCase().replaceAll(/[^\w -]/g, "").replaceAll(" ", "-")));
  const named = [...README.matchAll(/\]\(#([^)]*)\)/g)].map(([, place]) => place!);
  assert.deepEqual(named.filter((place) => !places.has(place)), []);
  assert.ok(named.length > 20);
});
