import { expect, test } from 'vitest';
import { defineConnector, isConnector } from './connector.ts';
import { manifestOf } from './manifest-of.ts';
import { exampleDefinition } from './testing/example-definition.ts';

test('defineConnector: the manifest is plain JSON and says what the code declares', () => {
  const connector = defineConnector(exampleDefinition());
  const manifest = manifestOf(connector);
  expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
  const upsert = manifest.operations.find(({ name }) => name === 'contacts.upsert');
  expect(upsert).toMatchObject({
    kind: 'write',
    implements: 'crm.contacts.upsert',
    impact: 'write',
    batch: { max: 1 },
    naturalKey: [{ pointer: '/email', canonical: 'email' }],
  });
  expect(upsert?.kind === 'write' && upsert.record).toMatchObject({
    properties: { email: { data: 'personal' } },
    additionalProperties: false,
  });
});

test('defineConnector: a scope without a reason is refused with its path', () => {
  const definition = exampleDefinition();
  expect(() => defineConnector({ ...definition, auth: { ...definition.auth, scopes: {} } })).toThrow(
    /contacts.write is not among/,
  );
});

test('isConnector: a definition alone is no connector', () => {
  expect(isConnector(defineConnector(exampleDefinition()))).toBe(true);
  expect(isConnector(exampleDefinition())).toBe(false);
  expect(isConnector(null)).toBe(false);
});

test('defineConnector: operations and triggers are found by name', () => {
  const connector = defineConnector(exampleDefinition());
  expect([...connector.operations.keys()]).toEqual(['contacts.upsert', 'contacts.count']);
  expect([...connector.triggers.keys()]).toEqual(['events']);
});
