import type { StoredInvoice } from './objects/invoice-object.ts';

const created = 1_793_491_200; // 2026-11-01T00:00:00Z

const customer = { id: 'cus_sandbox_ada', email: 'ada@example.com', name: 'Ada Lovelace' };

/** Invoices that a sandbox holds from the start. */
export const sampleInvoices: readonly StoredInvoice[] = [
  {
    id: 'in_sandbox_paid',
    created,
    number: 'SANDBOX-0001',
    status: 'paid',
    billingReason: 'subscription_create',
    currency: 'usd',
    total: 80_000,
    paid: 80_000,
    customer,
    attempts: 1,
    paidAt: created + 3600,
    nextAttemptAt: null,
    dueAt: null,
  },
  {
    id: 'in_sandbox_open',
    created,
    number: 'SANDBOX-0002',
    status: 'open',
    billingReason: 'manual',
    currency: 'jpy',
    total: 5000,
    paid: 0,
    customer: { ...customer, name: null },
    attempts: 0,
    paidAt: null,
    nextAttemptAt: null,
    dueAt: created + 30 * 86_400,
  },
];
