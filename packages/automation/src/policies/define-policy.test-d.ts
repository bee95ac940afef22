import { billing, crm, type Money, type Refund } from '@onceover/contract';
import { expectTypeOf, test } from 'vitest';
import { countOf, definePolicy, deny, sumOf } from '../index.ts';

test('a rule sees the record about to be written, and the declared context', () => {
  definePolicy({
    id: 'refunds',
    version: 1,
    on: billing.refunds.create,
    context: {
      sum: sumOf('amount', { of: billing.refunds.create, by: 'customer', within: { hours: 24 } }),
      count: countOf({ of: billing.refunds.create, by: 'customer', within: { hours: 24 } }),
    },
    rules: (rule) => [
      rule(
        'x',
        ({ input, context }) => {
          expectTypeOf(input).toEqualTypeOf<Refund>();
          expectTypeOf(context.sum).toEqualTypeOf<Money>();
          expectTypeOf(context.count).toEqualTypeOf<number>();
          return true;
        },
        deny('x'),
      ),
    ],
  });
});

test('an aggregate names fields of its record, a policy an operation that writes', () => {
  // @ts-expect-error a refund has no such field
  sumOf('total', { of: billing.refunds.create, by: 'customer', within: { hours: 1 } });
  definePolicy({
    id: 'x',
    version: 1,
    // @ts-expect-error a read is never decided
    on: crm.contacts.find,
    rules: (rule) => [rule('a', () => true, deny('x'))],
  });
});
