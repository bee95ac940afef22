import {
  billing,
  type EventData,
  type EventType,
  type JsonValue,
  type NormalizedEvent,
  ValidationError,
} from '@onceover/contract';
import { z } from 'zod';
import { stripeMoney } from '../stripe-money.ts';
import { instantOf, invoiceAnswerSchema, type InvoiceAnswer } from '../stripe-objects.ts';

const eventSchema = z.object({
  type: z.string(),
  created: z.number(),
  data: z.object({ object: z.unknown() }),
});

/**
 * The business events of a Stripe event; none for types that mean nothing to billing.
 * @throws {ValidationError} with the path of what is missing or not as Stripe's reference says
 */
export function normalizeEvent(item: JsonValue): readonly NormalizedEvent[] {
  const event = parseAt('', eventSchema, item);
  switch (event.type) {
    case 'invoice.paid':
      return [normalized(billing.invoicePaid, invoicePaid(invoiceOf(event), event.created))];
    case 'invoice.payment_failed':
      return [
        normalized(billing.invoicePaymentFailed, invoicePaymentFailed(invoiceOf(event), event.created)),
      ];
    default:
      return [];
  }
}

function invoicePaid(invoice: InvoiceAnswer, at: number): EventData<typeof billing.invoicePaid> {
  return {
    ...facts(invoice),
    amount: stripeMoney.decode(invoice.amount_paid, invoice.currency),
    paidAt: instantOf(invoice.status_transitions?.paid_at ?? at),
    firstInvoice: invoice.billing_reason === 'subscription_create',
  };
}

function invoicePaymentFailed(
  invoice: InvoiceAnswer,
  at: number,
): EventData<typeof billing.invoicePaymentFailed> {
  const { attempt_count: attempt, next_payment_attempt: next } = invoice;
  return {
    ...facts(invoice),
    amount: stripeMoney.decode(invoice.amount_remaining, invoice.currency),
    failedAt: instantOf(at),
    attempt: attempt ?? 0,
    ...(next == null ? {} : { nextAttemptAt: instantOf(next) }),
  };
}

function facts({ id, number, customer, customer_email: email, customer_name: name }: InvoiceAnswer) {
  if (email == null || email === '') {
    throw new ValidationError(`Invoice ${id} has no customer_email: set the customer’s e-mail at Stripe`, {
      code: 'no_customer_email',
      path: '/data/object/customer_email',
    });
  }
  return {
    invoiceId: id,
    ...(number == null ? {} : { number }),
    customer: {
      ...(customer == null ? {} : { vendorId: customer }),
      email,
      ...(name == null || name === '' ? {} : { name }),
    },
  };
}

function normalized<Data>({ type }: EventType<Data>, data: Data): NormalizedEvent {
  // Data of an event type is JSON; only its optional fields keep TypeScript from seeing it.
  return { type, data: data as JsonValue };
}

function invoiceOf(event: z.infer<typeof eventSchema>): InvoiceAnswer {
  return parseAt('/data/object', invoiceAnswerSchema, event.data.object);
}

function parseAt<Schema extends z.ZodType>(at: string, schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = [at, ...(issue?.path ?? [])].join('/');
  throw new ValidationError(
    `The event is not as Stripe describes it: ${path} ${issue?.message ?? ''}`.trim(),
    {
      path,
    },
  );
}
