import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ValidationError } from './errors.ts';
import { parseJson } from './json.ts';
import {
  currencyExponent,
  decimalCodec,
  fromMinorUnits,
  minorUnitCodec,
  moneySchema,
  toMinorUnits,
} from './money.ts';

const currencies = ['JPY', 'USD', 'EUR', 'KWD', 'TND', 'CLF', 'ISK', 'XXX'];
const units = fc.bigInt({ min: -(10n ** 28n), max: 10n ** 28n });

test('money: minor units come back as themselves for every exponent', () => {
  fc.assert(
    fc.property(units, fc.integer({ min: 0, max: 8 }), (value, exponent) => {
      const money = fromMinorUnits(value, 'USD', exponent);
      return moneySchema.safeParse(money).success && toMinorUnits(money, exponent) === value;
    }),
    { numRuns: 1000 },
  );
});

test('money: every currency comes back as itself through both codecs', () => {
  fc.assert(
    fc.property(units, fc.constantFrom(...currencies), (value, currency) => {
      const money = fromMinorUnits(value, currency);
      for (const codec of [minorUnitCodec(), decimalCodec()]) {
        const wire = codec.encode(money);
        // As text, and as a JSON number of any size.
        const read = [codec.decode(wire, currency.toLowerCase()), codec.decode(parseJson(wire), currency)];
        expect(read).toEqual([money, money]);
      }
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['JPY', 0, '800', 800n],
  ['USD', 2, '800.00', 80_000n],
  ['KWD', 3, '800.125', 800_125n],
  ['CLF', 4, '0.0001', 1n],
  ['ISK', 0, '5', 5n],
  ['XTS', 2, '-0.05', -5n],
] as const)('money: %s has %i decimals', (currency, exponent, amount, minor) => {
  expect(currencyExponent(currency)).toBe(exponent);
  expect(toMinorUnits({ amount, currency })).toBe(minor);
  expect(fromMinorUnits(minor, currency)).toEqual({ amount, currency });
});

test('toMinorUnits: trailing zeros beyond the exponent are no digits, others are refused', () => {
  expect(toMinorUnits({ amount: '800.000', currency: 'JPY' })).toBe(800n);
  expect(() => toMinorUnits({ amount: '800.5', currency: 'JPY' })).toThrow('more than 0 decimals');
  expect(() => toMinorUnits({ amount: '1.0005', currency: 'KWD' })).toThrow(ValidationError);
});

test.each(['1e3', '1,000.00', ' 1', '01', '.5', '1.', '+1', '', 'NaN', '1.123456789', '٣'])(
  'money: %j is no amount',
  (amount) => {
    expect(moneySchema.safeParse({ amount, currency: 'USD' }).success).toBe(false);
    expect(() => toMinorUnits({ amount, currency: 'USD' })).toThrow(ValidationError);
  },
);

test('money: a currency is three capital letters', () => {
  for (const currency of ['usd', 'US', 'USDT', '840']) {
    expect(moneySchema.safeParse({ amount: '1.00', currency }).success).toBe(false);
  }
});

const twoDecimalIsk = minorUnitCodec({ exponents: { ISK: 2, UGX: 2 }, multiples: { ISK: 100n, KWD: 10n } });

test('minorUnitCodec: a currency that the vendor writes with two decimals keeps ISO’s form inside', () => {
  expect(twoDecimalIsk.encode({ amount: '5', currency: 'ISK' })).toBe('500');
  expect(twoDecimalIsk.decode('500', 'isk')).toEqual({ amount: '5', currency: 'ISK' });
  expect(twoDecimalIsk.decode(500, 'UGX')).toEqual({ amount: '5', currency: 'UGX' });
  expect(() => twoDecimalIsk.decode('550', 'isk')).toThrow('more than 0 decimals');
});

test('minorUnitCodec: an amount that the vendor cannot express is refused before it is sent', () => {
  expect(twoDecimalIsk.encode({ amount: '1.230', currency: 'KWD' })).toBe('1230');
  expect(() => twoDecimalIsk.encode({ amount: '1.234', currency: 'KWD' })).toThrow('multiple of 10');
});

test.each(['1.5', '', '1e3', 'x', null, {}, true, [1]])('minorUnitCodec: %j is no integer', (wire) => {
  expect(() => minorUnitCodec().decode(wire, 'USD')).toThrow(ValidationError);
});

test('minorUnitCodec: a number that lost its digits is refused', () => {
  expect(() => minorUnitCodec().decode(1e21, 'USD')).toThrow(ValidationError);
  expect(minorUnitCodec().decode(parseJson('1000000000000000000001'), 'USD').amount).toBe(
    '10000000000000000000.01',
  );
});

test('decimalCodec: the vendor’s decimals become ISO’s, and never a float', () => {
  expect(decimalCodec().decode(parseJson('100.10'), 'usd')).toEqual({ amount: '100.10', currency: 'USD' });
  expect(decimalCodec().decode(100.1, 'USD')).toEqual({ amount: '100.10', currency: 'USD' });
  expect(decimalCodec().decode('7', 'KWD')).toEqual({ amount: '7.000', currency: 'KWD' });
  expect(() => decimalCodec().decode('7.125', 'USD')).toThrow(ValidationError);
  expect(() => decimalCodec().decode(null, 'USD')).toThrow(ValidationError);
});
