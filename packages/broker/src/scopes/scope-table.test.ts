import { manifestOf, manifestSchema } from '@onceover/contract';
import { expect, test } from 'vitest';
import { exampleDefinition } from '../testing/example-connector.fixture.ts';
import { type GrantedScopes, scopeTable, type UsedCall } from './scope-table.ts';

const manifest = manifestSchema.parse(manifestOf(exampleDefinition));
const now = new Date('2026-11-24T12:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);

function use(operation: string, call: string, facts: Partial<UsedCall> = {}): UsedCall {
  return { connection: 'billing', operation, call, refusal: '', count: 1, lastAt: daysAgo(0), ...facts };
}

function tableOf(uses: readonly UsedCall[], grants: readonly GrantedScopes[] = []) {
  return scopeTable({ version: '1.0.0', manifest, grants, uses, now, unusedDays: 30 });
}

const full: GrantedScopes = { connection: 'billing', scopes: ['orders.read', 'orders.write'] };

test('scope table: what nothing used is never used, and the smaller manifest does without all of it', () => {
  const { scopes, calls, suggestion } = tableOf([], [full]);
  expect(scopes.map(({ scope, verdict }) => [scope, verdict])).toEqual([
    ['orders.write', 'never used'],
    ['orders.read', 'never used'],
  ]);
  expect(calls.every(({ used, lastUsedAt }) => used === 0 && lastUsedAt === null)).toBe(true);
  expect(suggestion.operations).toEqual(manifest.operations.map(({ name }) => name));
  expect(suggestion.scopes).toEqual(['orders.write', 'orders.read']);
});

test('scope table: a scope is used by the calls of the operations that need it, and rests from its last one on', () => {
  const { scopes } = tableOf(
    [
      use('probe.read', 'GET /orders/{id}', { count: 3, lastAt: daysAgo(40) }),
      use('probe.read', 'POST /orders/search', { count: 2, lastAt: daysAgo(31.5) }),
    ],
    [full],
  );
  expect(scopes).toMatchObject([
    { scope: 'orders.write', verdict: 'never used', used: 0, unusedDays: null },
    { scope: 'orders.read', verdict: 'unused', used: 5, unusedDays: 31, lastUsedAt: daysAgo(31.5) },
  ]);
  const again = tableOf([use('orders.create', 'POST /orders', { lastAt: daysAgo(29) })], [full]);
  expect(again.scopes.map(({ verdict }) => verdict)).toEqual(['used', 'used']);
});

test('scope table: an operation that is used keeps its scopes, and its idle calls are told', () => {
  const { suggestion } = tableOf([use('orders.create', 'POST /orders')], [full]);
  expect(suggestion.scopes).toEqual([]);
  expect(suggestion.operations).not.toContain('orders.create');
  expect(suggestion.calls).toEqual([
    { operation: 'orders.create', call: 'POST /orders/search' },
    { operation: 'orders.create', call: 'GET /orders/{id}' },
    { operation: 'orders.create', call: 'POST /orders/{id}' },
  ]);
});

test('scope table: what was granted beside the manifest is undeclared, what is not granted is missing, by connection', () => {
  const { scopes } = tableOf(
    [],
    [full, { connection: 'shop', scopes: ['orders.read', 'admin'] }, { connection: 'silent', scopes: null }],
  );
  expect(scopes).toMatchObject([
    { scope: 'orders.write', verdict: 'missing', missingAt: ['shop'], grantedTo: ['billing'] },
    { scope: 'orders.read', verdict: 'never used', missingAt: [], unknownAt: ['silent'] },
    { scope: 'admin', reason: null, verdict: 'undeclared', grantedTo: ['shop'], missingAt: [] },
  ]);
});

test('scope table: refused calls count as attempts, and never as use', () => {
  const refused = use('probe.read', 'DELETE /orders/1', { refusal: 'call_not_declared', count: 7 });
  const table = tableOf([refused], [full]);
  expect(table.refused).toEqual([refused]);
  expect(table.scopes.map(({ used }) => used)).toEqual([0, 0]);
});
