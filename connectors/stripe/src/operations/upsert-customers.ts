import { encodeForm } from '@onceover/connector-kit';
import {
  billing,
  type Customer,
  idempotencyKey,
  implement,
  type KeyedRecord,
  lookup,
  NotFoundError,
  type OperationContext,
  type RecordOutcome,
} from '@onceover/contract';
import { parseAnswer, postForm } from '../stripe-errors.ts';
import { alreadyHolds, type FormPair, vendorPairs } from '../stripe-fields.ts';
import { customerAnswerSchema, externalId } from '../stripe-objects.ts';
import { findCustomer } from './find-customer.ts';

/** Stripe has no upsert: a known link, else a search for our key, says whether to create or to update. */
export const upsertCustomers = implement(billing.customers.upsert, {
  guarantee: idempotencyKey({
    header: 'Idempotency-Key',
    hours: 24,
    then: lookup('metadata.external_id', { lagSeconds: 60 }),
  }),
  scopes: ['customer_read', 'customer_write'],
  reads: ['GET /v1/customers/search'],
  writes: ['POST /v1/customers', 'POST /v1/customers/{id}'],
  source: 'https://docs.stripe.com/api/customers',

  async run({ records, ...context }) {
    return Promise.all(records.map((keyed) => upsertCustomer(keyed, context)));
  },

  /** A customer who is as the record says: one with our key alone may be older than the write that was lost. */
  async lookup({ records, http }) {
    return Promise.all(
      records.map(async (keyed) => {
        const found = await findCustomer(http, keyed.naturalKey);
        return found !== undefined && alreadyHolds(found, customerPairs(keyed)) ? found.id : null;
      }),
    );
  },
});

async function upsertCustomer(
  keyed: KeyedRecord<Customer>,
  { http, links }: Pick<OperationContext, 'http' | 'links'>,
): Promise<RecordOutcome> {
  const pairs = customerPairs(keyed);
  const linked = (await links.find([keyed.naturalKey])).get(keyed.naturalKey);
  if (linked !== undefined) return { outcome: 'updated', vendorId: await update(http, linked, pairs) };

  const found = await findCustomer(http, keyed.naturalKey);
  if (found === undefined) {
    // https://docs.stripe.com/api/customers/create
    const created = parseAnswer(
      customerAnswerSchema,
      await postForm(http, '/v1/customers', pairs),
      'customer',
    );
    return { outcome: 'created', vendorId: created.id };
  }
  if (alreadyHolds(found, pairs)) return { outcome: 'unchanged', vendorId: found.id };
  return { outcome: 'updated', vendorId: await update(http, found.id, pairs) };
}

async function update(
  http: OperationContext['http'],
  id: string,
  pairs: readonly FormPair[],
): Promise<string> {
  // https://docs.stripe.com/api/customers/update
  const json = await postForm(http, `/v1/customers/${encodeURIComponent(id)}`, pairs);
  const customer = parseAnswer(customerAnswerSchema, json, 'customer');
  if (customer.deleted === true) throw new NotFoundError(`The customer ${id} was deleted at Stripe`);
  return customer.id;
}

function customerPairs({ record, naturalKey }: KeyedRecord<Customer>): FormPair[] {
  const { email, name, phone, vendor } = record;
  return [
    ...encodeForm({ email, name, phone }),
    ...vendorPairs(vendor, ['email', 'name', 'phone', `metadata.${externalId}`]),
    ...encodeForm({ metadata: { [externalId]: naturalKey } }),
  ];
}
