import type { OperationManifest } from '@onceover/contract';
import { expect, test } from 'vitest';
import { idempotencyOf } from './idempotency-of.ts';

// Only these two fields are read.
const keyed = {
  kind: 'write',
  guarantee: { kind: 'idempotencyKey', header: 'Idempotency-Key', hours: 24 },
} as OperationManifest;
const natural = { kind: 'write', guarantee: { kind: 'naturalKey', field: 'email' } } as OperationManifest;

test('idempotencyOf: the same write of the same effects has the same key at each attempt', () => {
  expect(idempotencyOf(keyed, ['e1', 'e2'], 'hash')).toEqual(idempotencyOf(keyed, ['e1', 'e2'], 'hash'));
});

test('idempotencyOf: another write, or other effects, have another key', () => {
  const keys = [
    idempotencyOf(keyed, ['e1'], 'hash'),
    idempotencyOf(keyed, ['e1'], 'other hash'),
    idempotencyOf(keyed, ['e2'], 'hash'),
    idempotencyOf(keyed, ['e1', 'e2'], 'hash'),
    idempotencyOf(keyed, ['e1e2'], 'hash'),
  ].map((idempotency) => idempotency?.key);
  expect(new Set(keys).size).toBe(keys.length);
});

test('idempotencyOf: an operation without such a guarantee sends no key', () => {
  expect(idempotencyOf(natural, ['e1'], 'hash')).toBeNull();
});
