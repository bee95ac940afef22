import ts from 'typescript';
import { calleeName, nameOf } from './node-context.ts';

/** Where a node stands, by names and not by line: `upsertCustomers.guarantee.then.lookup()`. */
export function placeOf(node: ts.Node): string {
  const names: string[] = [];
  let child: ts.Node = node;
  for (let at: ts.Node | undefined = node; at !== undefined; child = at, at = at.parent) {
    const name = stepName(at, child);
    if (name !== undefined) names.unshift(name);
  }
  return names.join('.').replaceAll('.[', '[') || 'the file';
}

function stepName(at: ts.Node, child: ts.Node): string | undefined {
  if (ts.isVariableDeclaration(at) || ts.isPropertyAssignment(at)) return nameOf(at.name);
  if (ts.isFunctionDeclaration(at) || ts.isMethodDeclaration(at)) {
    return at.name === undefined ? undefined : nameOf(at.name);
  }
  if (ts.isCallExpression(at) && at.expression !== child) {
    const called = calleeName(at);
    return called === undefined ? undefined : `${called}()`;
  }
  if (ts.isNewExpression(at) && at.expression !== child) return calleeName(at);
  if (ts.isArrayLiteralExpression(at)) {
    const index = at.elements.indexOf(child as ts.Expression);
    return index === -1 ? undefined : `[${index}]`;
  }
  return undefined;
}
