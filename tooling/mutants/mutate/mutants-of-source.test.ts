import { expect, test } from 'vitest';
import { applyMutant } from './mutant.ts';
import { mutantsOfSource } from './mutants-of-source.ts';

const scopes = ['people.read', 'people.write', 'firms'];

/** The changed texts of a source; where something was cut out one space stays. */
function changesOf(text: string): string[] {
  return mutantsOfSource({ file: '/toy/src/toy.ts', name: 'toy/toy', text }, { scopes }).map((mutant) =>
    applyMutant(text, mutant).replaceAll(/ +/g, ' '),
  );
}

test.each([
  [
    'a call template gets another method, other segments, and loses its last',
    `const o = f('GET /v1/things/{id}');`,
    [
      `const o = f('POST /v1/things/{id}');`,
      `const o = f('HEAD /v1/things/{id}');`,
      `const o = f('GET /v1x/things/{id}');`,
      `const o = f('GET /v1/thingsx/{id}');`,
      `const o = f('GET /v1/things/id');`,
      `const o = f('GET /v1/things');`,
    ],
  ],
  [
    'a path with a value in it gets other segments, another value, and no encoding',
    'const p = `/v1/${encodeURIComponent(id)}/notes`;',
    [
      'const p = `/v1x/${encodeURIComponent(id)}/notes`;',
      'const p = `/v1/${encodeURIComponent(id)}/notesx`;',
      "const p = `/v1/${'x'}/notes`;",
      'const p = `/v1/${id}/notes`;',
    ],
  ],
  [
    'scopes are dropped and swapped with the connector’s others',
    `const o = f({ scopes: ['people.read'] });`,
    [
      'const o = f({ });',
      `const o = f({ scopesx: ['people.read'] });`,
      'const o = f({ scopes: [] });',
      `const o = f({ scopes: ['people.write'] });`,
      `const o = f({ scopes: ['firms'] });`,
    ],
  ],
  [
    'fields that are written are dropped, renamed, and their values swapped',
    'const write = () => ({ name: record.name, phone: record.phone });',
    [
      'const write = () => ({ phone: record.phone });',
      'const write = () => ({ name: record.name });',
      'const write = () => ({ namex: record.name, phone: record.phone });',
      'const write = () => ({ name: record.name, phonex: record.phone });',
      'const write = () => ({ name: record.phone, phone: record.name });',
    ],
  ],
  [
    'what is signed comes in another order, lacks a part, or has another',
    `const s = { signed: ['timestamp', 'body'] };`,
    [
      'const s = { };',
      `const s = { signedx: ['timestamp', 'body'] };`,
      `const s = { signed: ['body'] };`,
      `const s = { signed: ['timestamp'] };`,
      `const s = { signed: ['body', 'timestamp'] };`,
      `const s = { signed: ['method', 'body'] };`,
      `const s = { signed: ['url', 'body'] };`,
      `const s = { signed: ['body', 'body'] };`,
      `const s = { signed: ['timestamp', 'method'] };`,
      `const s = { signed: ['timestamp', 'url'] };`,
      `const s = { signed: ['timestamp', 'timestamp'] };`,
    ],
  ],
  [
    'words of a vocabulary become its other words, headers are misspelt',
    `const s = { algorithm: 'sha256', header: 'Toy-Signature' };`,
    [
      `const s = { header: 'Toy-Signature' };`,
      `const s = { algorithm: 'sha256' };`,
      `const s = { algorithmx: 'sha256', header: 'Toy-Signature' };`,
      `const s = { algorithm: 'sha256', headerx: 'Toy-Signature' };`,
      `const s = { algorithm: 'sha1', header: 'Toy-Signature' };`,
      `const s = { algorithm: 'sha512', header: 'Toy-Signature' };`,
      `const s = { algorithm: 'sha256', header: 'Toy-Signaturex' };`,
    ],
  ],
  [
    'outcomes become other outcomes',
    `const o = isNew ? { outcome: 'created' } : x;`,
    [
      `const o = !(isNew) ? { outcome: 'created' } : x;`,
      'const o = isNew ? { } : x;',
      `const o = isNew ? { outcomex: 'created' } : x;`,
      `const o = isNew ? { outcome: 'updated' } : x;`,
      `const o = isNew ? { outcome: 'unchanged' } : x;`,
    ],
  ],
  [
    'a guarantee becomes none and another, its field another',
    `const o = { guarantee: naturalKey('email') };`,
    [
      'const o = { };',
      `const o = { guaranteex: naturalKey('email') };`,
      `const o = { guarantee: { kind: 'none' } };`,
      `const o = { guarantee: { kind: 'idempotencyKey', header: 'Idempotency-Key', hours: 24 } };`,
      `const o = { guarantee: naturalKey('emailx') };`,
    ],
  ],
  [
    'the natural key and the effect’s key are mistaken for one another',
    'const key = ({ naturalKey: email }) => email + keyed.effectKey;',
    [
      'const key = ({ effectKey: email }) => email + keyed.effectKey;',
      'const key = ({ naturalKey: email }) => email - keyed.effectKey;',
      'const key = ({ naturalKey: email }) => email + keyed.naturalKey;',
    ],
  ],
  [
    'numbers, booleans and patterns are off by a little',
    'const x = [300, true, /^a$/];',
    [
      'const x = [true, /^a$/];',
      'const x = [300, /^a$/];',
      'const x = [300, true];',
      'const x = [true, 300, /^a$/];',
      'const x = [300, /^a$/, true];',
      'const x = [301, true, /^a$/];',
      'const x = [300, false, /^a$/];',
      'const x = [300, true, /a$/];',
      'const x = [300, true, /^a/];',
    ],
  ],
  [
    'conditions are negated, fallbacks and canonical forms left out',
    'if (status === 404) return canonicalEmail(email ?? other);',
    [
      'if (status !== 404) return canonicalEmail(email ?? other);',
      'if (status === 405) return canonicalEmail(email ?? other);',
      'if (status === 404) return email ?? other;',
      'if (status === 404) return canonicalEmail(email);',
    ],
  ],
])('mutants: %s', (_, text, expected) => {
  expect(changesOf(text).toSorted()).toEqual(expected.toSorted());
});

test('mutants: prose, types and imports are left alone', () => {
  const text = `
    import { a } from './a.ts';
    export { b } from './b.ts';
    type Kind = 'one' | 'two';
    const guide = 'https://toy.example/guide';
    const facts = f<'one'>({ source: guide, summary: 'People.', steps: ['Open it.'], verified: false });
    throw new ToyError('gone');
  `;
  expect(changesOf(text)).toEqual([]);
});

test('mutants: a field of a record that is called like prose is none', () => {
  expect(changesOf('const o = { reason: record.reason };')).toEqual([
    'const o = { };',
    'const o = { reasonx: record.reason };',
  ]);
});

test('mutants: an id says file, place and change, and no line, so that it outlives edits elsewhere', () => {
  const text = `export const one = implement(x, { reads: ['GET /a'] });`;
  const ids = (source: string) =>
    mutantsOfSource({ file: '/toy/src/toy.ts', name: 'toy/toy', text: source }, { scopes }).map(
      ({ id }) => id,
    );
  expect(ids(text)).toContain("toy/toy one.implement().reads[0]: 'GET /a' → 'POST /a'");
  expect(ids(`// moved\n\n${text}`)).toEqual(ids(text));
});
