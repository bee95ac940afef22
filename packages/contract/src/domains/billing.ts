import { z } from 'zod';
import { defineEvent } from '../events.ts';
import { moneySchema } from '../money.ts';
import { defineDomainRead, defineDomainWrite } from '../operations.ts';
import {
  emailSchema,
  instantSchema,
  personNameSchema,
  phoneSchema,
  vendorFieldsSchema,
  vendorIdSchema,
} from './fields.ts';

/** Someone who is billed, known by e-mail address. */
export const customerSchema = z.strictObject({
  email: emailSchema,
  name: personNameSchema.optional(),
  phone: phoneSchema.optional(),
  vendor: vendorFieldsSchema.optional(),
});
export type Customer = z.infer<typeof customerSchema>;

const billedCustomerSchema = z.strictObject({
  vendorId: vendorIdSchema.optional(),
  email: emailSchema,
  name: personNameSchema.optional(),
});

/** An invoice as the vendor keeps it. */
export const invoiceSchema = z.strictObject({
  vendorId: vendorIdSchema,
  number: z.string().min(1).optional(),
  status: z.enum(['draft', 'open', 'paid', 'void', 'uncollectible']),
  customer: billedCustomerSchema.partial({ email: true }),
  total: moneySchema,
  paid: moneySchema,
  createdAt: instantSchema.optional(),
  dueAt: instantSchema.optional(),
});
export type Invoice = z.infer<typeof invoiceSchema>;

/** Money given back, known by our own reference. */
export const refundSchema = z.strictObject({
  /** Ours, one for each refund: two refunds of one payment have two references. */
  reference: z.string().min(1).max(255),
  /** The vendor's id of the payment. */
  payment: vendorIdSchema,
  amount: moneySchema,
  reason: z.enum(['duplicate', 'fraudulent', 'requested-by-customer']).optional(),
  customer: emailSchema.optional(),
  vendor: vendorFieldsSchema.optional(),
});
export type Refund = z.infer<typeof refundSchema>;

const invoicePaid = defineEvent({
  name: 'billing.invoice-paid',
  version: 1,
  summary: 'An invoice was paid in full.',
  schema: z.strictObject({
    invoiceId: vendorIdSchema,
    number: z.string().min(1).optional(),
    customer: billedCustomerSchema,
    /** What was paid. */
    amount: moneySchema,
    paidAt: instantSchema,
    /** True for the first invoice of a new subscription or customer. */
    firstInvoice: z.boolean(),
  }),
  example: {
    invoiceId: 'inv_1001',
    number: 'A-1001',
    customer: { vendorId: 'cus_77', email: 'ada@example.com', name: 'Ada Lovelace' },
    amount: { amount: '800.00', currency: 'USD' },
    paidAt: '2026-11-24T10:00:00Z',
    firstInvoice: true,
  },
});

const invoicePaymentFailed = defineEvent({
  name: 'billing.invoice-payment-failed',
  version: 1,
  summary: 'An attempt to collect an invoice failed.',
  schema: z.strictObject({
    invoiceId: vendorIdSchema,
    number: z.string().min(1).optional(),
    customer: billedCustomerSchema,
    /** What is still due. */
    amount: moneySchema,
    failedAt: instantSchema,
    attempt: z.number().int().nonnegative(),
    nextAttemptAt: instantSchema.optional(),
  }),
  example: {
    invoiceId: 'inv_1002',
    customer: { email: 'ada@example.com' },
    amount: { amount: '20.00', currency: 'EUR' },
    failedAt: '2026-11-24T10:00:00Z',
    attempt: 1,
    nextAttemptAt: '2026-11-27T10:00:00Z',
  },
});

/** Billing: customers, invoices, refunds. */
export const billing = {
  invoicePaid,
  invoicePaymentFailed,
  customers: {
    upsert: defineDomainWrite({
      name: 'billing.customers.upsert',
      summary: 'Creates customers, or changes those with the same e-mail address.',
      resource: 'billing.customers',
      record: customerSchema,
      naturalKey: [{ pointer: '/email', canonical: 'email' }],
      impact: 'write',
    }),
  },
  invoices: {
    get: defineDomainRead({
      name: 'billing.invoices.get',
      summary: 'Reads one invoice by vendor id; null when there is none.',
      input: z.strictObject({ vendorId: vendorIdSchema }),
      output: z.strictObject({ invoice: invoiceSchema.nullable() }),
    }),
  },
  refunds: {
    create: defineDomainWrite({
      name: 'billing.refunds.create',
      summary: 'Gives money of a payment back.',
      resource: 'billing.refunds',
      record: refundSchema,
      naturalKey: [{ pointer: '/reference', canonical: 'text' }],
      impact: 'money',
    }),
  },
} as const;
