import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import type { JsonValue } from '@onceover/contract';
import { z } from 'zod';
import { putCustomer, type StripeState } from './stripe-state.ts';

const currencySchema = z.string().regex(/^[a-z]{3}$/);
const unitsSchema = z.number().int().nonnegative();

const customerSchema = z.strictObject({
  id: z.string().startsWith('cus_'),
  email: z.email().nullable().default(null),
  name: z.string().nullable().default(null),
  phone: z.string().nullable().default(null),
  metadata: z.record(z.string(), z.string()).default({}),
});

const paymentSchema = z.strictObject({
  charge: z.string().startsWith('ch_'),
  paymentIntent: z.string().startsWith('pi_').nullable().default(null),
  amount: unitsSchema.positive(),
  currency: currencySchema,
  refundsEnd: z.enum(['succeeded', 'pending', 'failed']).default('succeeded'),
});

const invoiceSchema = z.strictObject({
  id: z.string().startsWith('in_'),
  number: z.string().min(1),
  status: z.enum(['draft', 'open', 'paid', 'void', 'uncollectible']),
  billingReason: z
    .enum(['subscription_create', 'subscription_cycle', 'subscription_update', 'manual'])
    .default('manual'),
  currency: currencySchema,
  total: unitsSchema,
  paid: unitsSchema.default(0),
  customer: z.strictObject({
    id: z.string().startsWith('cus_'),
    email: z.email().nullable(),
    name: z.string().nullable().default(null),
  }),
});

const seedSchema = z.union([
  z.strictObject({ customer: customerSchema }),
  z.strictObject({ payment: paymentSchema }),
  z.strictObject({ invoice: invoiceSchema }),
]);
export type StripeSeed = z.input<typeof seedSchema>;

/** A record that was always there: `{ customer }`, `{ payment }` or `{ invoice }`; amounts in minor units. */
export function seedRecord(seed: JsonValue, { state, clock }: SandboxContext<StripeState>): void {
  const parsed = seedSchema.parse(seed);
  const created = Math.floor(clock.now().getTime() / 1000);
  if ('customer' in parsed) {
    const customer = { ...parsed.customer, created, deleted: false, description: null, address: null };
    // As long ago as any search lags.
    putCustomer(state, customer, new Date(0));
  } else if ('payment' in parsed) {
    state.payments.push({ ...parsed.payment, created });
  } else {
    const { invoice } = parsed;
    const paidAt = invoice.status === 'paid' ? created : null;
    state.invoices.set(invoice.id, {
      ...invoice,
      created,
      attempts: 0,
      paidAt,
      nextAttemptAt: null,
      dueAt: null,
    });
  }
}
