/** The platform's union leaves out the one node that only constructors' parameters have. */
type Node = Deno.lint.Node | Deno.lint.TSParameterProperty;

/**
 * Whether a name means something the code itself declared (a parameter called `fetch`, say) rather than a global of the platform.
 * An import counts only from a file: `setTimeout` of `node:timers` is still the platform's.
 */
export function isBoundLocally(identifier: Deno.lint.Identifier): boolean {
  let scope = parentOf(identifier);
  while (scope !== undefined) {
    if (declaredIn(scope).includes(identifier.name)) return true;
    scope = parentOf(scope);
  }
  return false;
}

function parentOf(node: Node): Node | undefined {
  return "parent" in node ? node.parent ?? undefined : undefined;
}

function declaredIn(scope: Node): string[] {
  switch (scope.type) {
    case "ArrowFunctionExpression":
    case "FunctionDeclaration":
    case "FunctionExpression":
      return scope.params.flatMap(boundNames);
    case "BlockStatement":
    case "Program":
      return scope.body.flatMap(declaredBy);
    case "ForStatement":
      return scope.init ? declaredBy(scope.init) : [];
    case "ForInStatement":
    case "ForOfStatement":
      return declaredBy(scope.left);
    case "CatchClause":
      return scope.param ? boundNames(scope.param) : [];
    default:
      return [];
  }
}

function declaredBy(statement: Node): string[] {
  switch (statement.type) {
    case "VariableDeclaration":
      return statement.declarations.flatMap(({ id }) => boundNames(id));
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return statement.id ? boundNames(statement.id) : [];
    case "ExportNamedDeclaration":
      return statement.declaration ? declaredBy(statement.declaration) : [];
    case "ImportDeclaration":
      return statement.source.value.startsWith(".") ? statement.specifiers.map(({ local }) => local.name) : [];
    default:
      return [];
  }
}

/** The names that a parameter or a destructuring pattern introduces. */
function boundNames(pattern: Node): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((part) => boundNames(part.type === "Property" ? part.value : part));
    case "ArrayPattern":
      return pattern.elements.flatMap((part) => part ? boundNames(part) : []);
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "RestElement":
      return boundNames(pattern.argument);
    case "TSParameterProperty":
      return boundNames(pattern.parameter);
    default:
      return [];
  }
}
