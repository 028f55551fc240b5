import { importVisitor } from "./imports.ts";
import { inLayer, layerOf, LAYERS } from "./layers.ts";
import { importTarget, projectPath } from "./project_path.ts";

/** Files that may import everything: the composition root and what tests it. */
const FREE = ["main.ts", "tests"];

/** Keeps imports between the project's files pointing downwards, type imports included. */
export const layers: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    if (FREE.some((layer) => inLayer(path, layer))) return {};
    const layer = layerOf(path);
    if (layer === undefined) return { Program: (node) => reportUnknown(context, node) };

    return importVisitor(({ specifier, node }) => {
      const target = importTarget(specifier, path);
      if (target.kind === "package" || mayImport(layer, target.path)) return;
      context.report({
        node,
        message: `${layer} may not import ${target.path}`,
        hint: adviceFor(layer),
      });
    });
  },
};

function mayImport(layer: string, target: string): boolean {
  return layerOf(target) === layer || (LAYERS[layer] ?? []).some((allowed) => names(allowed, target));
}

/** A right to a folder does not extend to files in it that are layers of their own. */
function names(allowed: string, target: string): boolean {
  const layer = layerOf(target);
  return inLayer(target, allowed) && (layer === allowed || target === allowed);
}

function adviceFor(layer: string): string {
  const values = LAYERS[layer] ?? [];
  if (values.length === 0) return "It stands on nothing of the project: move the shared part in here, or pass it in.";
  return `Import from ${values.join(", ")}, or pass the part in as an argument from above (system, main.ts).`;
}

function reportUnknown(context: Deno.lint.RuleContext, node: Deno.lint.Program): void {
  context.report({
    node,
    message: "This file stands in no layer of the design",
    hint: "Move it into a folder that has one, or give its folder a place in tests/support/lint/layers.ts.",
  });
}
