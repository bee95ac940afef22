import { expect, test } from 'vitest';

test('a vitest worker runs on Node 26, whatever Node started npm', () => {
  console.log(process.version);
  expect(process.version).toMatch(/^v26\./);
  expect(typeof Temporal).toBe('object');
});
