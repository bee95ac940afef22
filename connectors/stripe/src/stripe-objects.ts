import { z } from 'zod';

/** What we read of Stripe's objects, and no more: other fields may come and go with its API versions. */

/** Our key at Stripe: on customers the natural key, on refunds the reference. */
export const externalId = 'external_id';

const metadataSchema = z.record(z.string(), z.string()).nullish();

/** A reference is an id, or the object itself where it was expanded. */
const referenceSchema = z
  .union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)])
  .nullish();

export const customerAnswerSchema = z.looseObject({
  id: z.string().min(1),
  deleted: z.boolean().nullish(),
  // One that says nothing is taken for the oldest.
  created: z
    .number()
    .nullish()
    .transform((created) => created ?? 0),
  metadata: metadataSchema,
});
export type CustomerAnswer = z.infer<typeof customerAnswerSchema>;

export const refundAnswerSchema = z.object({
  id: z.string().min(1),
  amount: z.unknown(),
  status: z.string().nullish(),
  failure_reason: z.string().nullish(),
  metadata: metadataSchema,
});
export type RefundAnswer = z.infer<typeof refundAnswerSchema>;

/** A payment intent or a charge. */
export const paymentAnswerSchema = z.object({ currency: z.string().length(3) });

export const invoiceAnswerSchema = z.object({
  id: z.string().min(1),
  deleted: z.boolean().nullish(),
  number: z.string().nullish(),
  status: z.enum(['draft', 'open', 'paid', 'void', 'uncollectible']).nullish(),
  billing_reason: z.string().nullish(),
  currency: z.string().length(3),
  customer: referenceSchema,
  customer_email: z.string().nullish(),
  customer_name: z.string().nullish(),
  total: z.unknown(),
  amount_paid: z.unknown(),
  amount_remaining: z.unknown(),
  attempt_count: z.number().nullish(),
  next_payment_attempt: z.number().nullish(),
  created: z.number().nullish(),
  due_date: z.number().nullish(),
  status_transitions: z.object({ paid_at: z.number().nullish() }).nullish(),
});
export type InvoiceAnswer = z.infer<typeof invoiceAnswerSchema>;

export const endpointAnswerSchema = z.object({
  id: z.string().min(1),
  url: z.string(),
  enabled_events: z.array(z.string()),
  status: z.string().nullish(),
});
export type EndpointAnswer = z.infer<typeof endpointAnswerSchema>;

export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), has_more: z.boolean().nullish() });
}

/** Stripe's times are whole seconds since 1970, UTC. */
export function instantOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
