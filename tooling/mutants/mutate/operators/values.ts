import ts from 'typescript';
import { type Operator, replaceNode } from './operator.ts';

/** Numbers one higher, booleans the other way round, patterns without an end. */
export const mutateValues: Operator = (node) => {
  if (ts.isNumericLiteral(node)) {
    if (ts.isPropertyAssignment(node.parent) && node.parent.name === node) return [];
    return [replaceNode(node, String(Number(node.text.replaceAll('_', '')) + 1))];
  }
  if (ts.isBigIntLiteral(node)) return [replaceNode(node, `${BigInt(node.text.slice(0, -1)) + 1n}n`)];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [replaceNode(node, 'false')];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [replaceNode(node, 'true')];
  if (ts.isRegularExpressionLiteral(node)) {
    const { text } = node;
    return [
      ...(text.startsWith('/^') ? [replaceNode(node, `/${text.slice(2)}`)] : []),
      ...(/[^\\]\$\/[a-z]*$/.test(text) ? [replaceNode(node, text.replace(/\$(\/[a-z]*)$/, '$1'))] : []),
    ];
  }
  return [];
};

/** What makes a value canonical or safe, left out: the argument, or what the method was called on, stays. */
export const mutateWrappers: Operator = (node) => {
  if (!ts.isCallExpression(node)) return [];
  const { expression } = node;
  const [argument] = node.arguments;
  if (ts.isIdentifier(expression) && wrappers.has(expression.text)) {
    return argument === undefined
      ? []
      : [replaceNode(node, argument.getText(), `${expression.text}() left out`)];
  }
  if (ts.isPropertyAccessExpression(expression) && methods.has(expression.name.text)) {
    return [replaceNode(node, expression.expression.getText(), `.${expression.name.text}() left out`)];
  }
  return [];
};

const wrappers: ReadonlySet<string> = new Set([
  'Number',
  'String',
  'canonicalEmail',
  'canonicalText',
  'encodeURIComponent',
  'numberText',
]);

const methods: ReadonlySet<string> = new Set([
  'filter',
  'length',
  'map',
  'max',
  'min',
  'normalize',
  'nullable',
  'nullish',
  'optional',
  'replace',
  'replaceAll',
  'reverse',
  'slice',
  'sort',
  'toISOString',
  'toLowerCase',
  'toSorted',
  'toUpperCase',
  'trim',
]);

/** The natural key and the effect's key, mistaken for one another. */
export const mutateKeys: Operator = (node) => {
  const others: Readonly<Record<string, string>> = { naturalKey: 'effectKey', effectKey: 'naturalKey' };
  if (ts.isPropertyAccessExpression(node)) {
    const other = others[node.name.text];
    return other === undefined ? [] : [replaceNode(node.name, other)];
  }
  if (!ts.isBindingElement(node)) return [];
  const name = (node.propertyName ?? node.name).getText();
  const other = others[name];
  if (other === undefined) return [];
  return [replaceNode(node, `${other}: ${node.name.getText()}`, `${name} → ${other}`)];
};
