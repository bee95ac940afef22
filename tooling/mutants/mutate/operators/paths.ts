import ts from 'typescript';
import type { Change } from '../mutant.ts';
import { quoted } from '../node-context.ts';
import { type Operator, replaceNode } from './operator.ts';

const methods = /^(GET|HEAD|POST|PUT|PATCH|DELETE)$/;
const call = /^(GET|HEAD|POST|PUT|PATCH|DELETE) (\/.*)$/;

/** Call templates, request paths and JSON pointers: another method, each segment another, the last one missing. */
export const mutatePaths: Operator = (node) => {
  if (!ts.isStringLiteralLike(node)) return [];
  const { text } = node;
  if (methods.test(text)) return otherMethods(text).map((method) => replaceNode(node, quoted(method)));
  const [, method = '', path = ''] = call.exec(text) ?? [];
  if (method !== '') {
    return [
      ...otherMethods(method).map((other) => replaceNode(node, quoted(`${other} ${path}`))),
      ...otherPaths(path).map((other) => replaceNode(node, quoted(`${method} ${other}`))),
    ];
  }
  return text.startsWith('/') ? otherPaths(text).map((other) => replaceNode(node, quoted(other))) : [];
};

/** Template literals: each fixed segment another, each value a constant. */
export const mutateTemplates: Operator = (node) => {
  if (!ts.isTemplateExpression(node)) return [];
  const source = node.getSourceFile().text;
  const pieces: readonly ts.TemplateLiteralLikeNode[] = [
    node.head,
    ...node.templateSpans.map(({ literal }) => literal),
  ];
  return [
    ...pieces.flatMap((piece) => {
      // Between the delimiters: ` or } before, ${ or ` behind.
      const start = piece.getStart() + 1;
      const end = piece.end - (piece.kind === ts.SyntaxKind.TemplateTail ? 1 : 2);
      return otherTexts(source.slice(start, end)).map(
        (replacement): Change => ({
          start,
          end,
          replacement,
          what: `${source.slice(start, end)} → ${replacement}`,
        }),
      );
    }),
    ...node.templateSpans.map(({ expression }) =>
      replaceNode(expression, "'x'", `\${${expression.getText()}} → x`),
    ),
  ];
};

/** The other methods that a vendor's path may have, the likeliest slips. */
function otherMethods(method: string): string[] {
  const slips: Readonly<Record<string, readonly string[]>> = {
    GET: ['POST', 'HEAD'],
    POST: ['PUT', 'GET'],
    PUT: ['POST', 'PATCH'],
    PATCH: ['PUT', 'POST'],
  };
  return [...(slips[method] ?? ['GET'])];
}

function otherPaths(path: string): string[] {
  const segments = path.split('/').slice(1);
  const changed = segments.map((segment, index) => {
    const other = /^\{.*\}$/.test(segment) ? segment.slice(1, -1) : `${segment}x`;
    return `/${segments.with(index, other).join('/')}`;
  });
  return segments.length > 1 ? [...changed, `/${segments.slice(0, -1).join('/')}`] : changed;
}

function otherTexts(text: string): string[] {
  if (text === '' || /^\s*$/.test(text)) return [];
  if (!text.includes('/')) return [`${text}x`];
  const segments = text.split('/');
  return segments.flatMap((segment, index) =>
    segment === '' ? [] : [segments.with(index, `${segment}x`).join('/')],
  );
}
