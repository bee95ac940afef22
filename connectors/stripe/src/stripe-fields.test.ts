import { expect, test } from 'vitest';
import { alreadyHolds, bracketed } from './stripe-fields.ts';

test.each([
  ['description', 'description'],
  ['metadata.external_id', 'metadata[external_id]'],
  ['address.geo.lat', 'address[geo][lat]'],
])('fields: %s is %s in a form', (field, name) => {
  expect(bracketed(field)).toBe(name);
});

test.each([
  [{ name: 'Ada' }, [['name', 'Ada']], true],
  [{ name: 'Ada' }, [['name', 'Eve']], false],
  [{ metadata: { seats: '3' } }, [['metadata[seats]', '3']], true],
  [{ name: 'Ada' }, [['phone', '']], true],
  [{ phone: null }, [['phone', '']], true],
  [{ phone: '' }, [['phone', '']], true],
  [{ phone: '+1 555 0100' }, [['phone', '']], false],
  [
    { name: 'Ada', phone: '1' },
    [
      ['name', 'Ada'],
      ['phone', '2'],
    ],
    false,
  ],
] as const)('fields: of %o it is told whether writing %o would change it', (object, pairs, holds) => {
  expect(alreadyHolds(object, pairs)).toBe(holds);
});
