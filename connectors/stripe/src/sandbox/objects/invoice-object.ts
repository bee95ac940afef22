import type Stripe from 'stripe';

/** What the sandbox keeps of an invoice. Times are seconds since 1970, amounts minor units. */
export interface StoredInvoice {
  id: string;
  created: number;
  number: string;
  status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';
  billingReason: 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'manual';
  /** Lower case. */
  currency: string;
  total: number;
  paid: number;
  customer: { id: string; email: string | null; name: string | null };
  attempts: number;
  paidAt: number | null;
  nextAttemptAt: number | null;
  dueAt: number | null;
}

export function invoiceObject(stored: StoredInvoice) {
  const { id, created, number, status, billingReason, currency, total, paid, customer } = stored;
  const finalizedAt = status === 'draft' ? null : created;
  return {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Onceover sandbox',
    account_tax_ids: null,
    amount_due: total,
    amount_overpaid: 0,
    amount_paid: paid,
    amount_remaining: total - paid,
    amount_shipping: 0,
    application: null,
    attempt_count: stored.attempts,
    attempted: stored.attempts > 0,
    auto_advance: status === 'open',
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: billingReason,
    collection_method: stored.dueAt === null ? 'charge_automatically' : 'send_invoice',
    created,
    currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: null,
    customer_email: customer.email,
    customer_name: customer.name,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: stored.dueAt,
    effective_at: finalizedAt,
    ending_balance: finalizedAt === null ? null : 0,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: {
      object: 'list',
      data: [lineObject(stored)],
      has_more: false,
      url: `/v1/invoices/${id}/lines`,
    },
    livemode: false,
    metadata: {},
    next_payment_attempt: stored.nextAttemptAt,
    number,
    on_behalf_of: null,
    parent: billingReason === 'manual' ? null : parentOf(id),
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: created,
    period_start: created,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status,
    status_transitions: {
      finalized_at: finalizedAt,
      marked_uncollectible_at: null,
      paid_at: stored.paidAt,
      voided_at: null,
    },
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: finalizedAt,
  } satisfies Stripe.Invoice;
}

function parentOf(id: string) {
  return {
    quote_details: null,
    subscription_details: { metadata: {}, subscription: subscriptionOf(id) },
    type: 'subscription_details',
  } satisfies Stripe.Invoice.Parent;
}

/** One subscription for each invoice is enough here. */
function subscriptionOf(invoice: string): string {
  return invoice.replace(/^in_/, 'sub_');
}

function lineObject({ id, created, currency, total, billingReason }: StoredInvoice) {
  const subscription = billingReason === 'manual' ? null : subscriptionOf(id);
  return {
    id: id.replace(/^in_/, 'il_'),
    object: 'line_item',
    amount: total,
    currency,
    description: subscription === null ? 'Consulting' : '1 × Team plan',
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: id,
    livemode: false,
    metadata: {},
    parent:
      subscription === null
        ? {
            invoice_item_details: {
              invoice_item: id.replace(/^in_/, 'ii_'),
              proration: false,
              proration_details: { credited_items: null },
              subscription: null,
            },
            subscription_item_details: null,
            type: 'invoice_item_details',
          }
        : {
            invoice_item_details: null,
            subscription_item_details: {
              invoice_item: null,
              proration: false,
              proration_details: { credited_items: null },
              subscription,
              subscription_item: id.replace(/^in_/, 'si_'),
            },
            type: 'subscription_item_details',
          },
    period: { end: created, start: created },
    pretax_credit_amounts: [],
    // The SDK's type of the unit amount is its own Decimal class, which no JSON is; null is allowed.
    pricing: { type: 'price_details', unit_amount_decimal: null },
    quantity: 1,
    quantity_decimal: null,
    subscription,
    subtotal: total,
    taxes: [],
  } satisfies Stripe.InvoiceLineItem;
}
