import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .map((path) => ({ path, text: readFileSync(join(import.meta.dirname, path), 'utf8') }))
  // Comments hold examples.
  .map(({ path, text }) => ({ path, text: text.replaceAll(/\/\*[\s\S]*?\*\//g, '') }));

/** What `defineQuery` and `defineBatch` are called with first: a constant name, in quotes. */
const callers = sources.filter(({ path }) => !path.startsWith('batches/'));
const names = callers.flatMap(({ text }) =>
  [...text.matchAll(/= define(?:Query|Batch)\b/g)].map(({ index }) => {
    const call = text.slice(index);
    return /\(\s*'([^']*)',/.exec(call)?.[1] ?? call.slice(0, 100);
  }),
);

it('every query has a name of its own: a connection prepares one text under it', () => {
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

it('every query is named verb-noun and fits what PostgreSQL keeps of a name', () => {
  for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
  for (const name of names) expect(Buffer.byteLength(name)).toBeLessThan(64);
});

it('SQL is written where queries and migrations are, or in the frame around them', () => {
  const frame =
    /^(queries|batches|migrations|roles|embedded|testing)\/|^(define-query|listen|migrate|open-store|plan-cache|schema-version|with-transaction)\.ts$/;
  const elsewhere = sources.filter(({ path, text }) => !frame.test(path) && /\.query\(/.test(text));
  expect(elsewhere.map(({ path }) => path)).toEqual([]);
});
