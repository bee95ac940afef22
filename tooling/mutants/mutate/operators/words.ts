import ts from 'typescript';
import { calleeName, propertyAround, quoted } from '../node-context.ts';
import { type Operator, replaceNode } from './operator.ts';

/** Words that mean something to the contract, by the property that holds them: the others are still valid there. */
const vocabularies: Readonly<Record<string, readonly string[]>> = {
  algorithm: ['sha1', 'sha256', 'sha512'],
  clientAuthentication: ['basic', 'body', 'private_key_jwt'],
  domain: ['crm', 'billing', 'support'],
  encoding: ['hex', 'base64'],
  grants: ['authorization_code', 'refresh_token', 'client_credentials'],
  is: ['idempotency-key', 'identity', 'app'],
  issuer: ['runtime', 'vendor', 'person'],
  mode: ['dual', 'cutover'],
  outcome: ['created', 'updated', 'unchanged'],
  per: ['connection', 'registration'],
  pkce: ['required', 'accepted', 'ignored'],
  retry: ['never', 'later'],
  rotates: ['always', 'sometimes', 'never'],
  scopeStyle: ['request', 'app', 'coarse'],
  separator: [' ', ','],
  signed: ['method', 'url', 'body', 'timestamp'],
  tokenBody: ['form', 'json'],
  unit: ['seconds', 'milliseconds', 'rfc3339', 'unix-seconds'],
  uses: ['oauth', 'webhook', 'api'],
};

/** Names, values and words: another word of the same vocabulary where there is one, else a misspelt one. */
export const mutateWords: Operator = (node, { scopes }) => {
  if (!ts.isStringLiteralLike(node)) return [];
  const { text, parent } = node;
  // Paths are another operator's, names of properties too.
  if (text.startsWith('/') || /^[A-Z]+( \/|$)/.test(text)) return [];
  if (ts.isPropertyAssignment(parent) && parent.name === node) return [];
  const property = propertyAround(node) ?? '';
  const words = property === 'scopes' ? scopes : (vocabularies[property] ?? []);
  const others = words.includes(text) ? words.filter((word) => word !== text) : [];
  const misspelt = text === '' ? 'x' : `${text}x`;
  return (others.length > 0 ? others : [misspelt]).map((word) => replaceNode(node, quoted(word)));
};

/** How an operation keeps its effects single: not at all, or in another way than it does. */
export const mutateGuarantees: Operator = (node) => {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return [];
  const name = calleeName(node) ?? '';
  const kinds: Readonly<Record<string, string>> = {
    idempotencyKey: "{ kind: 'naturalKey', field: 'id' }",
    naturalKey: "{ kind: 'idempotencyKey', header: 'Idempotency-Key', hours: 24 }",
    lookup: "{ kind: 'naturalKey', field: 'id' }",
  };
  const other = kinds[name];
  if (other === undefined || propertyAround(node) === undefined) return [];
  return [
    replaceNode(node, "{ kind: 'none' }", `${name}() → none`),
    replaceNode(node, other, `${name}() → ${/'(\w+)'/.exec(other)?.[1]}`),
  ];
};
