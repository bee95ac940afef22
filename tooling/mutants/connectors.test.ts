import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findConnectors, readConnector } from './connector-sources.ts';
import { equivalentProblems, readEquivalents } from './equivalents.ts';
import { applyMutant } from './mutate/mutant.ts';
import { mutantsOf } from './try-connector.ts';

const connectors = findConnectors(fileURLToPath(new URL('../../connectors', import.meta.url))).map(
  readConnector,
);

test('connectors: every operation and trigger file of every connector is mutated', () => {
  expect(connectors.map(({ id }) => id)).toEqual(expect.arrayContaining(['hubspot', 'stripe', 'zendesk']));
  for (const connector of connectors) {
    const mutated = new Set(mutantsOf(connector).map(({ file }) => file));
    const declaring = connector.production.filter((file) => /\/(operations|triggers)\//.test(file));
    expect(declaring.length).toBeGreaterThan(0);
    expect(declaring.filter((file) => !mutated.has(file))).toEqual([]);
    expect(connector.tests.length).toBeGreaterThan(0);
  }
});

test('connectors: each mutant has an id of its own and still parses, so that a test has to notice it', () => {
  const ids = new Set<string>();
  for (const connector of connectors) {
    for (const mutant of mutantsOf(connector)) {
      expect(ids.has(mutant.id), mutant.id).toBe(false);
      ids.add(mutant.id);
      const text = applyMutant(connector.texts.get(mutant.file) ?? '', mutant);
      expect(() => stripTypeScriptTypes(text), mutant.id).not.toThrow();
    }
  }
});

test('connectors: every entry of equivalent.json has its mutant', () => {
  const known = new Set(connectors.flatMap(mutantsOf).map(({ id }) => id));
  const equivalents = readEquivalents(new URL('./equivalent.json', import.meta.url));
  expect(equivalentProblems(equivalents, { known, killed: new Set() })).toEqual([]);
});
