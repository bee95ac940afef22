import type Stripe from 'stripe';
import { eventObject } from './objects/event-object.ts';
import { invoiceObject, type StoredInvoice } from './objects/invoice-object.ts';

/** What tells one golden webhook from another. */
export interface GoldenInvoice {
  /** Tail of all its ids: `1001` makes `evt_1001`, `in_1001`, `cus_1001`. */
  id: string;
  email: string | null;
  name?: string | null;
  /** Lower case; usd unless given. */
  currency?: string;
  /** In minor units; 80000 unless given. */
  amount?: number;
  /** Seconds since 1970, of the event. */
  created?: number;
  /** The first invoice of a new subscription, or one of its renewals. */
  first?: boolean;
  /** A connected account. */
  account?: string;
}

/** The body of an `invoice.paid` webhook with every field that Stripe publishes. */
export function invoicePaidEvent(golden: GoldenInvoice) {
  const invoice = storedInvoice(golden);
  return eventObject({
    ...envelope(golden),
    type: 'invoice.paid',
    object: invoiceObject({ ...invoice, status: 'paid', paid: invoice.total, paidAt: invoice.created + 60 }),
  }) satisfies Stripe.InvoicePaidEvent;
}

/** The body of an `invoice.payment_failed` webhook. Stripe tries again three days later. */
export function invoicePaymentFailedEvent(golden: GoldenInvoice & { attempt?: number }) {
  const invoice = storedInvoice(golden);
  return eventObject({
    ...envelope(golden),
    type: 'invoice.payment_failed',
    object: invoiceObject({
      ...invoice,
      attempts: golden.attempt ?? 1,
      nextAttemptAt: envelope(golden).created + 3 * 86_400,
    }),
  }) satisfies Stripe.InvoicePaymentFailedEvent;
}

/** Different bodies for a demo: first payments, renewals, other currencies, a failed payment. */
export function goldenEvents() {
  return [
    invoicePaidEvent({ id: '1001', email: 'ada@example.com', name: 'Ada Lovelace', first: true }),
    invoicePaidEvent({ id: '1002', email: 'grace@example.com', name: 'Grace Hopper', amount: 12_050 }),
    invoicePaidEvent({
      id: '1003',
      email: 'seki@example.jp',
      name: '関孝和',
      currency: 'jpy',
      amount: 98_000,
      first: true,
    }),
    invoicePaidEvent({ id: '1004', email: 'fatima@example.com', currency: 'kwd', amount: 45_500 }),
    invoicePaymentFailedEvent({
      id: '1005',
      email: 'alan@example.com',
      name: 'Alan Turing',
      attempt: 2,
    }),
  ];
}

function envelope({ id, created = 1_795_514_400, account }: GoldenInvoice) {
  return { id: `evt_${id}`, created, ...(account === undefined ? {} : { account }) };
}

function storedInvoice(golden: GoldenInvoice): StoredInvoice {
  const { id, email, name = null, currency = 'usd', amount = 80_000, first = false } = golden;
  return {
    id: `in_${id}`,
    created: envelope(golden).created - 60,
    number: `GOLDEN-${id}`,
    status: 'open',
    billingReason: first ? 'subscription_create' : 'subscription_cycle',
    currency,
    total: amount,
    paid: 0,
    customer: { id: `cus_${id}`, email, name },
    attempts: 1,
    paidAt: null,
    nextAttemptAt: null,
    dueAt: null,
  };
}
