import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import { http } from 'msw';
import { z } from 'zod';
import {
  customerObject,
  deletedCustomerObject,
  type StoredAddress,
  type StoredCustomer,
} from '../objects/customer-object.ts';
import { eventObject } from '../objects/event-object.ts';
import { searchObject } from '../objects/list-objects.ts';
import { checkVersion, readForm, readQuery } from '../read-request.ts';
import { parseSearch } from '../parse-search.ts';
import { answering, missing } from '../stripe-request-error.ts';
import { currentCustomer, putCustomer, searchableCustomers, type StripeState } from '../stripe-state.ts';

const clearable = z.string().max(5000).optional();
const customerForm = z.strictObject({
  email: z.union([z.literal(''), z.email().max(512)]).optional(),
  name: clearable,
  phone: clearable,
  description: clearable,
  address: z
    .union([
      z.literal(''),
      z
        .strictObject({
          city: z.string(),
          country: z.string(),
          line1: z.string(),
          line2: z.string(),
          postal_code: z.string(),
          state: z.string(),
        })
        .partial(),
    ])
    .optional(),
  metadata: z.union([z.literal(''), z.record(z.string().max(40), z.string().max(500))]).optional(),
});
type CustomerForm = z.infer<typeof customerForm>;

const searchQuery = z.strictObject({
  query: z.string().min(1),
  limit: z.coerce.number().int().min(1).max(100).default(10),
});

/** @see https://docs.stripe.com/api/customers */
export function customerHandlers(context: SandboxContext<StripeState>) {
  const { state, clock } = context;

  const save = (customer: StoredCustomer, before: StoredCustomer | undefined, request: Request) => {
    const changed = JSON.stringify(before) !== JSON.stringify(customer);
    const action = before === undefined ? 'created' : changed ? 'updated' : 'unchanged';
    putCustomer(state, customer, clock.now());
    const object = customerObject(customer);
    context.ledger.record({
      resource: 'customers',
      naturalKey: customer.metadata['external_id'] ?? customer.email ?? customer.id,
      vendorId: customer.id,
      action,
      values: object,
    });
    if (action !== 'unchanged') {
      context.emit(
        eventObject({
          id: `evt_sandbox${context.nextId()}`,
          type: `customer.${action}`,
          created: seconds(clock.now()),
          object,
          idempotencyKey: request.headers.get('idempotency-key'),
        }),
      );
    }
    return object;
  };

  return [
    http.get('*/v1/customers/search', ({ request }) =>
      answering(() => {
        const { query, limit } = readQuery(request, searchQuery);
        const matches = parseSearch(query);
        const found = searchableCustomers(state, clock.now()).filter(matches).slice(0, limit);
        return searchObject('/v1/customers/search', found.map(customerObject));
      }),
    ),
    http.get('*/v1/customers/:id', ({ request, params }) =>
      answering(() => {
        checkVersion(request);
        const customer = currentCustomer(state, String(params['id']));
        if (customer === undefined) throw missing('customer', String(params['id']));
        return customer.deleted ? deletedCustomerObject(customer.id) : customerObject(customer);
      }),
    ),
    http.post('*/v1/customers', ({ request }) =>
      answering(async () => {
        const form = await readForm(request, customerForm);
        const fresh = blank(`cus_sandbox${context.nextId()}`, seconds(clock.now()));
        return save(changedBy(form, fresh), undefined, request);
      }),
    ),
    http.post('*/v1/customers/:id', ({ request, params }) =>
      answering(async () => {
        const form = await readForm(request, customerForm);
        const version = state.customers.get(String(params['id']))?.at(-1);
        if (version === undefined || version.deleted) throw missing('customer', String(params['id']));
        const { changedAt: _changedAt, ...before } = version;
        return save(changedBy(form, before), before, request);
      }),
    ),
    http.delete('*/v1/customers/:id', ({ request, params }) =>
      answering(() => {
        checkVersion(request);
        const customer = currentCustomer(state, String(params['id']));
        if (customer === undefined || customer.deleted) throw missing('customer', String(params['id']));
        putCustomer(state, { ...customer, deleted: true }, clock.now());
        return deletedCustomerObject(customer.id);
      }),
    ),
  ];
}

function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

function blank(id: string, created: number): StoredCustomer {
  return {
    id,
    created,
    deleted: false,
    email: null,
    name: null,
    phone: null,
    description: null,
    address: null,
    metadata: {},
  };
}

/** A field that is not sent stays; an empty one is cleared; metadata is merged key by key. */
function changedBy(form: CustomerForm, customer: StoredCustomer): StoredCustomer {
  const text = (sent: string | undefined, now: string | null) => (sent === undefined ? now : sent || null);
  return {
    ...customer,
    email: text(form.email, customer.email),
    name: text(form.name, customer.name),
    phone: text(form.phone, customer.phone),
    description: text(form.description, customer.description),
    address: changedAddress(form.address, customer.address),
    metadata:
      form.metadata === ''
        ? {}
        : Object.fromEntries(
            Object.entries({ ...customer.metadata, ...form.metadata }).filter(([, value]) => value !== ''),
          ),
  };
}

function changedAddress(form: CustomerForm['address'], address: StoredAddress | null): StoredAddress | null {
  if (form === undefined) return address;
  if (form === '') return null;
  const now = address ?? {
    city: null,
    country: null,
    line1: null,
    line2: null,
    postal_code: null,
    state: null,
  };
  const sent = Object.entries(form).map(([name, value]) => [name, value || null] as const);
  return { ...now, ...Object.fromEntries(sent) };
}
