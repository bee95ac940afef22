import { sampleInvoices } from './sample-invoices.ts';
import type { StoredCustomer } from './objects/customer-object.ts';
import type { StoredInvoice } from './objects/invoice-object.ts';
import type { StoredPayment } from './objects/payment-objects.ts';
import type { StoredRefund } from './objects/refund-object.ts';
import type { StoredEndpoint } from './objects/webhook-endpoint-object.ts';

/** A customer as it was from a moment on. */
export interface CustomerVersion extends StoredCustomer {
  /** Milliseconds since 1970. */
  changedAt: number;
}

/** All that the sandbox's Stripe account holds. */
export interface StripeState {
  /** How long the search lags behind writes: Stripe says under a minute. */
  searchLagSeconds: number;
  /** Versions of each customer, oldest first, as far back as the search may still see them. */
  customers: Map<string, CustomerVersion[]>;
  refunds: StoredRefund[];
  invoices: Map<string, StoredInvoice>;
  payments: StoredPayment[];
  /** In the order in which they were made. */
  endpoints: StoredEndpoint[];
}

export function createStripeState({ searchLagSeconds = 0 } = {}): StripeState {
  return {
    searchLagSeconds,
    customers: new Map(),
    refunds: [],
    invoices: new Map(sampleInvoices.map((invoice) => [invoice.id, invoice])),
    payments: [...samplePayments],
    endpoints: [],
  };
}

export function currentCustomer(state: StripeState, id: string): StoredCustomer | undefined {
  return state.customers.get(id)?.at(-1);
}

export function putCustomer(state: StripeState, customer: StoredCustomer, now: Date): void {
  const changedAt = now.getTime();
  const seenFrom = changedAt - state.searchLagSeconds * 1000;
  const versions = state.customers.get(customer.id) ?? [];
  const firstSeen = Math.max(
    0,
    versions.findLastIndex((version) => version.changedAt <= seenFrom),
  );
  state.customers.set(customer.id, [...versions.slice(firstSeen), { ...customer, changedAt }]);
}

/** Customers as the search sees them now: as they were `searchLagSeconds` ago. */
export function searchableCustomers(state: StripeState, now: Date): StoredCustomer[] {
  const seenUntil = now.getTime() - state.searchLagSeconds * 1000;
  return [...state.customers.values()]
    .flatMap((versions) => versions.findLast(({ changedAt }) => changedAt <= seenUntil) ?? [])
    .filter(({ deleted }) => !deleted);
}

export function refundedOf(state: StripeState, { charge }: StoredPayment): number {
  return state.refunds
    .filter((refund) => refund.charge === charge && !['failed', 'canceled'].includes(refund.status))
    .reduce((sum, { amount }) => sum + amount, 0);
}

/** One payment in each kind of currency that Stripe knows, and two whose refunds end otherwise. */
const samplePayments: readonly StoredPayment[] = [
  payment('usd', 100_000_00),
  payment('eur', 100_000_00),
  payment('jpy', 10_000_000),
  payment('kwd', 10_000_000),
  payment('isk', 100_000_00),
  payment('usd', 100_000_00, 'failed'),
  payment('usd', 100_000_00, 'pending'),
  { ...payment('usd', 100_000_00), charge: 'ch_sandbox_direct', paymentIntent: null },
];

function payment(
  currency: string,
  amount: number,
  refundsEnd: StoredPayment['refundsEnd'] = 'succeeded',
): StoredPayment {
  const name = `sandbox_${currency}${refundsEnd === 'succeeded' ? '' : `_refund_${refundsEnd}`}`;
  return {
    charge: `ch_${name}`,
    paymentIntent: `pi_${name}`,
    created: 1_793_491_200,
    amount,
    currency,
    refundsEnd,
  };
}
