import { manifestOf, manifestSchema } from '@onceover/contract';
import { expect, test } from 'vitest';
import { exampleDefinition } from '../testing/example-connector.fixture.ts';
import { decideVersion, type SeenVersion } from './decide-version.ts';

const manifest = manifestSchema.parse(manifestOf(exampleDefinition));
const wider = { ...manifest, egress: [...manifest.egress, 'https://other.example'] };
const narrower = { ...manifest, operations: manifest.operations.slice(0, -1) };
const inUse: SeenVersion = { version: '1.0.0', integrity: 'a', manifest, state: 'released' };
const mode = 'production';
const loaded = { version: '1.1.0', integrity: 'b', manifest };

test('decide: the first version is released, and one that may do no more', () => {
  expect(decideVersion({ loaded, seen: undefined, inUse: undefined, mode })).toMatchObject({
    kind: 'released',
  });
  expect(decideVersion({ loaded, seen: undefined, inUse, mode })).toMatchObject({ kind: 'released' });
  const less = { ...loaded, manifest: narrower };
  expect(decideVersion({ loaded: less, seen: undefined, inUse, mode })).toMatchObject({
    kind: 'released',
    reason: 'it may do no more than 1.0.0',
  });
});

test.each(['production', 'development'] as const)(
  'decide: in %s a version that may do more is held',
  (where) => {
    const decision = decideVersion({
      loaded: { ...loaded, manifest: wider },
      seen: undefined,
      inUse,
      mode: where,
    });
    expect(decision).toMatchObject({
      kind: 'held',
      reason: 'it may do more than 1.0.0: host added: https://other.example',
    });
  },
);

test('decide: what was seen stays decided while its files are the same', () => {
  for (const state of ['held', 'released'] as const) {
    const seen = { ...inUse, version: '1.1.0', integrity: 'b', state };
    expect(decideVersion({ loaded, seen, inUse, mode })).toEqual({ kind: 'known' });
  }
});

test('decide: other files under a version that was seen are refused in production', () => {
  const again = { ...loaded, version: '1.0.0' };
  expect(decideVersion({ loaded: again, seen: inUse, inUse, mode })).toEqual({
    kind: 'changed',
    before: 'a',
  });
});

test('decide: in development a version may be built again, and stays held when it was', () => {
  const again = { ...loaded, version: '1.0.0', manifest: wider };
  const facts = { loaded: again, inUse, mode: 'development' } as const;
  expect(decideVersion({ ...facts, seen: inUse })).toMatchObject({ kind: 'released' });
  expect(decideVersion({ ...facts, seen: { ...inUse, state: 'held' } })).toMatchObject({ kind: 'held' });
});
