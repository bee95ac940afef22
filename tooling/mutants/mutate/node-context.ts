import ts from 'typescript';

/** Name of the property whose value holds the node, looking through lists and conditionals. */
export function propertyAround(node: ts.Node): string | undefined {
  let child = node;
  for (let at = node.parent; at !== undefined; child = at, at = at.parent) {
    if (ts.isPropertyAssignment(at)) return at.initializer === child ? nameOf(at.name) : undefined;
    const looksThrough =
      ts.isArrayLiteralExpression(at) ||
      ts.isParenthesizedExpression(at) ||
      ts.isAsExpression(at) ||
      ts.isSatisfiesExpression(at) ||
      (ts.isConditionalExpression(at) && at.condition !== child);
    if (!looksThrough) return undefined;
  }
  return undefined;
}

export function nameOf(name: ts.Node): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)
    ? name.text
    : undefined;
}

/** What is called, by its last name: `z.object` → `object`. */
export function calleeName(call: ts.CallExpression | ts.NewExpression): string | undefined {
  const { expression } = call;
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : undefined;
}

export function isInsideFunction(node: ts.Node): boolean {
  return ts.findAncestor(node, (at) => ts.isFunctionLike(at)) !== undefined;
}

/** Text in single quotes, as the sources write it. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}
