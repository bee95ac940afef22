import { currencyExponent, fromMinorUnits, type Money } from '@onceover/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stripeMoney } from './stripe-money.ts';

test.each<[Money, string]>([
  [{ amount: '800.00', currency: 'USD' }, '80000'],
  [{ amount: '0.07', currency: 'EUR' }, '7'],
  [{ amount: '5000', currency: 'JPY' }, '5000'],
  [{ amount: '5.120', currency: 'KWD' }, '5120'],
  [{ amount: '1500', currency: 'ISK' }, '150000'],
  [{ amount: '1500', currency: 'UGX' }, '150000'],
  [{ amount: '1500', currency: 'MGA' }, '1500'],
])('money: %o is %s at Stripe, and comes back as it was', (money, wire) => {
  expect(stripeMoney.encode(money)).toBe(wire);
  expect(stripeMoney.decode(Number(wire), money.currency.toLowerCase())).toEqual(money);
});

test.each<[Money, RegExp]>([
  [{ amount: '0.005', currency: 'USD' }, /more than 2 decimals/],
  [{ amount: '10.5', currency: 'JPY' }, /more than 0 decimals/],
  ...['BHD', 'JOD', 'KWD', 'OMR', 'TND'].map((currency): [Money, RegExp] => [
    { amount: '5.123', currency },
    /multiple of 10 minor/,
  ]),
  [{ amount: '100.50', currency: 'ISK' }, /multiple of 100 minor/],
  [{ amount: '0.01', currency: 'UGX' }, /multiple of 100 minor/],
  [{ amount: '10.01', currency: 'MGA' }, /more than 0 decimals/],
])('money: %o cannot be said at Stripe and is refused', (money, why) => {
  expect(() => stripeMoney.encode(money)).toThrow(why);
});

test('money: a number with a fraction is no amount of Stripe', () => {
  expect(() => stripeMoney.decode(10.5, 'usd')).toThrow(/must be an integer/);
});

const steps: Readonly<Record<string, bigint>> = { KWD: 10n };

test('money: whatever Stripe can say in JPY, KWD, ISK or USD makes the round trip without losing a digit', () => {
  const money = fc
    .tuple(fc.constantFrom('JPY', 'KWD', 'ISK', 'USD'), fc.bigInt(0n, 10n ** 18n))
    .map(([currency, units]) =>
      fromMinorUnits(units * (steps[currency] ?? 1n), currency, currencyExponent(currency)),
    );
  fc.assert(
    fc.property(money, (given) => {
      const wire = stripeMoney.encode(given);
      expect(wire).toMatch(/^\d+$/);
      expect(stripeMoney.decode(wire, given.currency)).toEqual(given);
    }),
  );
});
