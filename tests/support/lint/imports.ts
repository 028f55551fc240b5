/** One place where a file names another module, in any of the forms that TypeScript has. */
export interface ImportReference {
  readonly specifier: string;
  readonly node: Deno.lint.Node;
}

/**
 * Calls `visit` for imports, re-exports, `import("…")` and the type `import("…").Name`.
 * A dynamic import of anything but a literal is not seen.
 */
export function importVisitor(visit: (reference: ImportReference) => void): Deno.lint.LintVisitor {
  return {
    ImportDeclaration(node) {
      visit({ specifier: node.source.value, node });
    },
    ExportNamedDeclaration(node) {
      if (node.source) visit({ specifier: node.source.value, node });
    },
    ExportAllDeclaration(node) {
      visit({ specifier: node.source.value, node });
    },
    ImportExpression(node) {
      const specifier = literalText(node.source);
      if (specifier !== undefined) visit({ specifier, node });
    },
    TSImportType(node) {
      const argument = node.argument;
      const specifier = argument.type === "TSLiteralType" ? literalText(argument.literal) : undefined;
      if (specifier !== undefined) visit({ specifier, node });
    },
  };
}

function literalText(node: Deno.lint.Node): string | undefined {
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}
