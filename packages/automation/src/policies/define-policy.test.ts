import { billing, ConfigurationError, crm } from '@onceover/contract';
import { expect, test } from 'vitest';
import { above } from './above.ts';
import { allow, ask, countOf, definePolicy, deny, isPolicy, sumOf } from './define-policy.ts';

const refunds = definePolicy({
  id: 'refunds',
  version: 3,
  on: billing.refunds.create,
  context: {
    refundedToday: sumOf('amount', { of: billing.refunds.create, by: 'customer', within: { hours: 24 } }),
    refundsToday: countOf({ of: billing.refunds.create, by: 'customer', within: { hours: 24 } }),
  },
  rules: (rule) => [
    rule('too many', ({ context }) => context.refundsToday > 5, deny('more than five a day')),
    rule(
      'large refund',
      ({ input, context }) =>
        above(input.amount, { USD: '500.00' }) || above(context.refundedToday, { USD: '900.00' }),
      ask({ role: 'finance', expiresIn: { hours: 24 } }),
    ),
    rule('small refund', () => true, allow()),
  ],
});

test('definePolicy: a policy is rules in order, and its context is data', () => {
  expect(isPolicy(refunds)).toBe(true);
  expect(refunds.rules.map(({ name, decision }) => [name, decision.kind])).toEqual([
    ['too many', 'deny'],
    ['large refund', 'ask'],
    ['small refund', 'allow'],
  ]);
  expect(refunds.context).toEqual({
    refundedToday: {
      kind: 'sum',
      field: 'amount',
      of: 'billing.refunds.create',
      by: 'customer',
      within: { hours: 24 },
    },
    refundsToday: { kind: 'count', of: 'billing.refunds.create', by: 'customer', within: { hours: 24 } },
  });
});

test.each([
  ['id', { id: 'Refunds' }, 'Policy Refunds: id: '],
  ['version', { version: 0 }, 'Policy refunds: version: must be 1 or more'],
  ['on', { on: crm.contacts.find }, 'Policy refunds: on: must be an operation that writes'],
  ['rules', { rules: () => [] }, 'Policy refunds: rules: a policy has at least one rule'],
])('definePolicy: a wrong %s is refused by name', (_field, change, message) => {
  const define = () =>
    definePolicy({
      id: 'refunds',
      version: 1,
      on: billing.refunds.create,
      rules: (rule) => [rule('a', () => true, allow())],
      ...(change as object),
    });
  expect(define).toThrow(ConfigurationError);
  expect(define).toThrow(message);
});

test('definePolicy: two rules of one name are refused', () => {
  expect(() =>
    definePolicy({
      id: 'refunds',
      version: 1,
      on: billing.refunds.create,
      rules: (rule) => [rule('a', () => true, allow()), rule('a', () => true, deny('x'))],
    }),
  ).toThrow('Policy refunds: rules: "a" is used twice');
});

test.each([
  ['500.00', 'USD', false],
  ['500.01', 'USD', true],
  ['-900.00', 'USD', false],
  ['50001', 'JPY', true],
  ['0.00', 'CHF', true],
])('above: %s %s is above its limit: %s', (amount, currency, isAbove) => {
  expect(above({ amount, currency }, { USD: '500.00', JPY: '50000' })).toBe(isAbove);
});
