import { importVisitor } from "./imports.ts";
import { importTarget, projectPath } from "./project_path.ts";

interface PackageHome {
  readonly packages: RegExp;
  readonly files: readonly RegExp[];
  readonly advice: string;
}

const HOMES: readonly PackageHome[] = [
  {
    packages: /^kysely$/,
    files: [
      ...[/^runtime\/store\//, /^runtime\/access\//, /^actors\/storing\//],
      ...[/[/_](tables|queries|writes|migrations)\.ts$/, /\/migrations\//],
    ],
    advice:
      "Declare statements in a tables.ts, queries.ts or writes.ts beside the kind, or speak to the store's contract.",
  },
  {
    packages: /^(hono$|@hono\/)/,
    files: [/^routes\//, /^main\.ts$/],
    advice: "HTTP belongs to routes/: return a value or a RuntimeError and let a route map it.",
  },
  {
    packages: /^prom-client$/,
    files: [/^runtime\/observe\//, /^routes\//],
    advice: "Emit a diagnostic; the metrics observer in runtime/observe counts it.",
  },
  {
    packages: /^jose$/,
    files: [/^routes\/access\//],
    advice: "Tokens are made and verified in routes/access/: take the principal from the request's context.",
  },
  {
    packages: /^node:sqlite$/,
    files: [/^runtime\/store\/sqlite\//],
    advice: "Speak to the store's contract; only runtime/store/sqlite opens database files.",
  },
  {
    packages: /^pg(-cursor)?$/,
    files: [/^runtime\/store\/postgres\//],
    advice: "Speak to the store's contract; only runtime/store/postgres connects to a server.",
  },
  {
    packages: /^@opentelemetry\//,
    files: [/^runtime\/system\/telemetry\//],
    advice: "Emit a diagnostic: telemetry stands around the parts of a node, and is loaded where it is turned on.",
  },
  {
    packages: /^@logtape\//,
    files: [/^runtime\/observe\//, /^main\.ts$/],
    advice: "Emit a diagnostic, or take the logger of runtime/observe.",
  },
];

/** Keeps each package in the folder that owns it, and the environment in main.ts. */
export const packages: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    if (path.startsWith("tests/")) return {};
    return {
      ...importVisitor(({ specifier, node }) => {
        const target = importTarget(specifier, path);
        if (target.kind === "file") return;
        const home = HOMES.find(({ packages }) => packages.test(target.name));
        if (home === undefined || home.files.some((file) => file.test(path))) return;
        context.report({ node, message: `${target.name} may not be imported here`, hint: home.advice });
      }),
      MemberExpression(node) {
        if (path === "main.ts" || !isEnvironment(node)) return;
        context.report({
          node,
          message: "Only main.ts reads the environment",
          hint: "Add the variable to the config schema and take the value as an option.",
        });
      },
    };
  },
};

/** `Deno.env` or `process.env`, also by way of `globalThis`. */
function isEnvironment({ object, property }: Deno.lint.MemberExpression): boolean {
  const owner = object.type === "MemberExpression" && isNamed(object.object, ["globalThis"]) ? object.property : object;
  return isNamed(owner, ["Deno", "process"]) && isNamed(property, ["env"]);
}

function isNamed(node: Deno.lint.Node, names: readonly string[]): boolean {
  return node.type === "Identifier" && names.includes(node.name);
}
