import { parseJson } from '@onceover/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { storable } from './storable.ts';
import { validateData } from './validate-data.ts';

const schema = z.strictObject({
  'a/b': z.strictObject({ n: z.number() }),
  list: z.array(z.string()).optional(),
});

test('validateData: names the place as a pointer, and the value there as it came', () => {
  const data = parseJson('{"a/b": {"n": "1.10"}, "list": ["x", 1.10]}');
  const problems = validateData(schema, data);
  expect(problems.map(({ path }) => path)).toEqual(['/a~1b/n', '/list/1']);
  expect(problems[0]?.value).toBe('1.10');
  expect(JSON.stringify(problems[1]?.value)).toBe('1.10');
});

test('validateData: a number that a double would round is still a number', () => {
  expect(validateData(schema, parseJson('{"a/b": {"n": 12345678901234567890.10}}'))).toEqual([]);
});

test('storable: keeps what PostgreSQL and the audit log can keep, and replaces the rest', () => {
  expect(storable('plain ✓')).toBe('plain ✓');
  expect(storable('a\u0000b\ud800c')).toBe('a\uFFFDb\uFFFDc');
});
