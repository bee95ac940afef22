import ts from 'typescript';
import { calleeName, nameOf } from './node-context.ts';

/**
 * What people read and no machine acts on is not mutated: summaries, reasons, steps, links to documentation, the
 * messages of errors. Everything else is. A field of the same name that holds a value of a record is no prose.
 */
const proseProperties: ReadonlySet<string> = new Set([
  'description',
  'instead',
  'logMessage',
  'manual',
  'message',
  'page',
  'reason',
  'steps',
  'summary',
  'title',
]);

/** Links, and whether somebody confirmed a fact: prose whatever holds them. */
const references: ReadonlySet<string> = new Set(['source', 'verified']);

/** Words with a space between them are a sentence; `Bearer {accessToken}` and `GET /x` are not. */
const sentence = /\p{L}[,.:;]? \p{L}/u;

export function isProse(node: ts.Node, proseConstants: ReadonlySet<string>): boolean {
  const { parent } = node;
  if (parent === undefined) return false;
  if (ts.isPropertyAssignment(node)) {
    const name = nameOf(node.name) ?? '';
    return references.has(name) || (proseProperties.has(name) && isText(node.initializer));
  }
  if (ts.isShorthandPropertyAssignment(node)) return references.has(node.name.text);
  if (ts.isVariableDeclaration(node)) return proseConstants.has(nameOf(node.name) ?? '');
  // The first argument of an error is its message.
  const isMessage =
    ts.isNewExpression(parent) &&
    parent.arguments?.[0] === node &&
    (calleeName(parent) ?? '').endsWith('Error');
  return isMessage || isSentence(node);
}

function isText(value: ts.Expression): boolean {
  if (ts.isArrayLiteralExpression(value)) return value.elements.every(isSentence);
  return ts.isStringLiteralLike(value) || ts.isTemplateExpression(value);
}

/** In a list only sentences are prose: `message` of `answers` is a list of pointers. */
function isSentence(node: ts.Node): boolean {
  if (ts.isStringLiteralLike(node)) return sentence.test(node.text);
  if (!ts.isTemplateExpression(node)) return false;
  return [node.head, ...node.templateSpans.map(({ literal }) => literal)].some(({ text }) =>
    sentence.test(text),
  );
}

/** Constants of a file that occur in prose alone, like the address of a guide that is the source of several facts. */
export function proseConstantsOf(file: ts.SourceFile): ReadonlySet<string> {
  const declared = new Set<string>();
  const outside = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
      if (node.initializer !== undefined && ts.isStringLiteralLike(node.initializer)) {
        declared.add(node.name.text);
      }
      if (node.initializer !== undefined) visit(node.initializer);
      return;
    }
    if (isProse(node, new Set())) return;
    if (ts.isIdentifier(node)) outside.add(node.text);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  return new Set([...declared].filter((name) => !outside.has(name)));
}
