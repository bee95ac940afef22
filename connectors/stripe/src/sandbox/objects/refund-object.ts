import type Stripe from 'stripe';

/** What the sandbox keeps of a refund. */
export interface StoredRefund {
  id: string;
  /** Seconds since 1970. */
  created: number;
  /** In minor units. */
  amount: number;
  /** Lower case. */
  currency: string;
  charge: string;
  paymentIntent: string | null;
  reason: string | null;
  status: 'succeeded' | 'pending' | 'failed' | 'canceled';
  metadata: Readonly<Record<string, string>>;
}

export function refundObject(stored: StoredRefund) {
  const { id, created, amount, currency, charge, paymentIntent, reason, status, metadata } = stored;
  return {
    id,
    object: 'refund',
    amount,
    balance_transaction: null,
    charge,
    created,
    currency,
    customer: null,
    customer_account: null,
    destination_details: { card: { type: 'refund' }, type: 'card' },
    ...(status === 'failed' ? { failure_reason: 'lost_or_stolen_card' } : {}),
    metadata: { ...metadata },
    payment_intent: paymentIntent,
    payment_method: null,
    reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status,
    transfer_reversal: null,
  } satisfies Stripe.Refund;
}
