import { isBoundLocally } from "./bindings.ts";
import { projectPath } from "./project_path.ts";

/** Where the real clock and the real randomness live. */
const SOURCES = ["runtime/core/clock.ts", "runtime/core/random.ts"];

const MEMBERS: Readonly<Record<string, string>> = {
  "Date.now": "clock.now()",
  "performance.now": "the clock",
  "Temporal.Now": "the clock",
  "AbortSignal.timeout": "the clock",
  "Math.random": "the random source",
  "crypto.randomUUID": "the random source",
  "crypto.getRandomValues": "the random source",
};

const CALLS: Readonly<Record<string, string>> = {
  setTimeout: "clock.sleep() or another timer of the clock",
  setInterval: "clock.sleep() in a loop",
  setImmediate: "the clock",
  fetch: "the fetch that was passed in",
};

const GLOBALS = ["globalThis", "self", "window"];

/** Keeps time, randomness and the network injectable, so that a whole node can run under a seeded scheduler. */
export const clocks: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    if (!/^(runtime|actors)\//.test(path) || SOURCES.includes(path)) return {};

    const report = (node: Deno.lint.Node, used: string, instead: string): void =>
      context.report({
        node,
        message: `${used} cannot be replaced in a test`,
        hint: `Take a Clock, Random or fetch as an option and use ${instead} instead.`,
      });

    return {
      MemberExpression(node) {
        const name = globalName(node);
        const instead = name === undefined ? undefined : MEMBERS[name] ?? CALLS[name];
        if (name !== undefined && instead !== undefined) report(node, name, instead);
      },
      CallExpression({ callee }) {
        const instead = callee.type === "Identifier" ? CALLS[callee.name] : undefined;
        if (callee.type !== "Identifier" || instead === undefined || isBoundLocally(callee)) return;
        report(callee, callee.name, instead);
      },
      NewExpression(node) {
        const isNow = node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0;
        if (isNow) report(node, "new Date()", "new Date(clock.now())");
      },
    };
  },
};

/** `Date.now`, `globalThis.Date.now` and `globalThis.fetch` as one dotted name without the global object, if it is a global's. */
function globalName({ object, property }: Deno.lint.MemberExpression): string | undefined {
  if (property.type !== "Identifier") return undefined;
  if (object.type === "Identifier") {
    if (isBoundLocally(object)) return undefined;
    return GLOBALS.includes(object.name) ? property.name : `${object.name}.${property.name}`;
  }
  const owner = object.type === "MemberExpression" ? globalName(object) : undefined;
  return owner === undefined || owner.includes(".") ? undefined : `${owner}.${property.name}`;
}
