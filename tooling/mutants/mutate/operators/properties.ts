import ts from 'typescript';
import type { Change } from '../mutant.ts';
import { isInsideFunction, quoted } from '../node-context.ts';
import { isProse } from '../prose.ts';
import { type Operator, replaceNode } from './operator.ts';

/** Fields of objects: each missing, each under another name, and the values of two neighbours swapped. */
export const mutateProperties: Operator = (node) => {
  if (!ts.isObjectLiteralExpression(node)) return [];
  const fields = node.properties.filter(
    (field) =>
      (ts.isPropertyAssignment(field) ||
        ts.isShorthandPropertyAssignment(field) ||
        ts.isSpreadAssignment(field)) &&
      !isProse(field, new Set()),
  );
  return [
    ...fields.map((field) => removal(node.properties, field)),
    ...fields.flatMap(renamed),
    ...(isInsideFunction(node) ? swappedValues(fields) : []),
  ];
};

/** Entries of lists: each missing, and two neighbours swapped where the order says something. */
export const mutateLists: Operator = (node) => {
  if (!ts.isArrayLiteralExpression(node)) return [];
  const { elements } = node;
  const removed = elements.map((element) => removal(elements, element));
  if (!isOrdered(node)) return removed;
  const swapped = elements.slice(1).flatMap((second, index) => {
    const first = elements[index];
    return first === undefined ? [] : swap(first, second);
  });
  return [...removed, ...swapped];
};

/** Lists that mean the same in any order. */
const sets: ReadonlySet<string> = new Set([
  'accept',
  'calls',
  'egress',
  'events',
  'grants',
  'oneOf',
  'operations',
  'rateLimited',
  'rateLimits',
  'reads',
  'requestHeaders',
  'scopes',
  'secrets',
  'triggers',
  'uses',
  'writes',
]);

function isOrdered({ parent }: ts.ArrayLiteralExpression): boolean {
  if (ts.isPropertyAssignment(parent)) return !sets.has(parent.name.getText());
  if (ts.isNewExpression(parent)) return parent.expression.getText() !== 'Set';
  if (ts.isCallExpression(parent)) return parent.expression.getText() !== 'z.enum';
  return true;
}

/** Cuts an entry out with the comma behind it, so that what is left still parses. */
function removal(list: ts.NodeArray<ts.Node>, entry: ts.Node): Change {
  const index = list.indexOf(entry);
  const next = list[index + 1];
  const previous = list[index - 1];
  const named =
    ts.isPropertyAssignment(entry) || ts.isShorthandPropertyAssignment(entry)
      ? entry.name.getText()
      : shortText(entry);
  const what = `${named} missing`;
  if (next !== undefined) return { start: entry.getStart(), end: next.getStart(), replacement: '', what };
  if (previous !== undefined) return { start: previous.end, end: entry.end, replacement: '', what };
  return { start: entry.getStart(), end: list.end, replacement: '', what };
}

function renamed(field: ts.ObjectLiteralElementLike): Change[] {
  if (ts.isShorthandPropertyAssignment(field)) {
    const name = field.name.text;
    return [replaceNode(field, `${name}x: ${name}`, `${name} → ${name}x`)];
  }
  if (!ts.isPropertyAssignment(field) || ts.isComputedPropertyName(field.name)) return [];
  const name = field.name.getText();
  const other = ts.isStringLiteralLike(field.name) ? quoted(`${field.name.text}x`) : `${name}x`;
  return [replaceNode(field.name, other)];
}

function swappedValues(fields: readonly ts.ObjectLiteralElementLike[]): Change[] {
  return fields.slice(1).flatMap((second, index) => {
    const first = fields[index];
    const [one, other] = [valueOf(first), valueOf(second)];
    if (first === undefined || one === undefined || other === undefined || one.value === other.value)
      return [];
    return [
      {
        start: first.getStart(),
        end: second.end,
        replacement: `${one.name}: ${other.value}, ${other.name}: ${one.value}`,
        what: `values of ${one.name} and ${other.name} swapped`,
      },
    ];
  });
}

function valueOf(field: ts.Node | undefined): { name: string; value: string } | undefined {
  if (field === undefined) return undefined;
  if (ts.isShorthandPropertyAssignment(field)) return { name: field.name.text, value: field.name.text };
  return ts.isPropertyAssignment(field)
    ? { name: field.name.getText(), value: field.initializer.getText() }
    : undefined;
}

function swap(first: ts.Node, second: ts.Node): Change[] {
  const [one, other] = [first.getText(), second.getText()];
  if (one === other) return [];
  const between = first.getSourceFile().text.slice(first.end, second.getStart());
  return [
    {
      start: first.getStart(),
      end: second.end,
      replacement: other + between + one,
      what: `${shortText(first)} and ${shortText(second)} swapped`,
    },
  ];
}

function shortText(node: ts.Node): string {
  const text = node.getText().replaceAll(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
