import { encodeForm } from '@onceover/connector-kit';
import {
  billing,
  type Customer,
  type HttpClient,
  idempotencyKey,
  implement,
  type KeyedRecord,
  lookup,
  NotFoundError,
  type OperationContext,
  type RecordOutcome,
} from '@onceover/contract';
import { parseAnswer, postForm, untold } from '../stripe-errors.ts';
import { alreadyHolds, type FormPair, vendorPairs } from '../stripe-fields.ts';
import { type CustomerAnswer, customerAnswerSchema, externalId } from '../stripe-objects.ts';
import { findCustomer } from './find-customer.ts';

/** What the record itself says, so that `vendor` cannot. */
const ownFields = new Set(['email', 'name', 'phone', `metadata.${externalId}`]);

/** Stripe has no upsert: a known link, else a search for our key, says whom to update; without either one is created. */
export const upsertCustomers = implement(billing.customers.upsert, {
  guarantee: idempotencyKey({
    header: 'Idempotency-Key',
    hours: 24,
    then: lookup('metadata.external_id', { lagSeconds: 60 }),
  }),
  scopes: ['customer_read', 'customer_write'],
  reads: ['GET /v1/customers/search', 'GET /v1/customers/{id}'],
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
  const known =
    linked === undefined ? await findCustomer(http, keyed.naturalKey) : await readCustomer(http, linked);
  if (known !== undefined && alreadyHolds(known, pairs)) return { outcome: 'unchanged', vendorId: known.id };

  // https://docs.stripe.com/api/customers/create and https://docs.stripe.com/api/customers/update
  const path = known === undefined ? '/v1/customers' : `/v1/customers/${encodeURIComponent(known.id)}`;
  const { data: written } = customerAnswerSchema.safeParse(await postForm(http, path, pairs));
  if (written === undefined) return untold('a customer');
  return { outcome: known === undefined ? 'created' : 'updated', vendorId: written.id };
}

/**
 * Read before it is written: a write to a customer who is gone would use the effect's idempotency key up, and the
 * creation that must follow could not be sent under it.
 * @see https://docs.stripe.com/api/customers/retrieve
 */
async function readCustomer(http: HttpClient, id: string): Promise<CustomerAnswer> {
  const { json } = await http.request({ method: 'GET', path: `/v1/customers/${encodeURIComponent(id)}` });
  const customer = parseAnswer(customerAnswerSchema, json, 'a customer');
  // Stripe answers 200 for a deleted one.
  if (customer.deleted !== true) return customer;
  throw new NotFoundError(`The customer ${id} was deleted at Stripe`, { code: 'customer_deleted' });
}

function customerPairs({ record, naturalKey }: KeyedRecord<Customer>): FormPair[] {
  const { email, name, phone, vendor } = record;
  return [
    ...encodeForm({ email, name, phone }),
    ...vendorPairs(vendor, ownFields),
    ...encodeForm({ metadata: { [externalId]: naturalKey } }),
  ];
}
