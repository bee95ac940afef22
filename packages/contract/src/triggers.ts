import { z } from 'zod';

/** Triggers as data: everything about a webhook or a poll that can be known without running connector code. */

const pointerSchema = z.string().regex(/^(\/.*)?$/, 'must be a JSON pointer');

/** A value found in an item of a delivery, or in a header of the delivery. */
export const fieldSchema = z.union([
  z.strictObject({ pointer: pointerSchema }),
  z.strictObject({ header: z.string().min(1) }),
]);
export type Field = z.infer<typeof fieldSchema>;

/** How a vendor signs its deliveries. `signed` lists the parts in the order they are concatenated. */
export const signatureSchemeSchema = z.strictObject({
  algorithm: z.enum(['sha1', 'sha256', 'sha512']),
  encoding: z.enum(['hex', 'base64']),
  header: z.string().min(1),
  format: z.discriminatedUnion('kind', [
    /** The header is one signature, after `prefix` where there is one. */
    z.strictObject({ kind: z.literal('plain'), prefix: z.string().optional() }),
    /** The header is `name=value` pairs separated by commas; `signature` may occur more than once. */
    z.strictObject({ kind: z.literal('fields'), timestamp: z.string(), signature: z.string() }),
  ]),
  signed: z.array(
    z.union([
      z.enum(['method', 'url', 'body', 'timestamp']),
      z.strictObject({ text: z.string() }),
      z.strictObject({ header: z.string() }),
    ]),
  ),
  /** Where the vendor signs a time; `header` for the plain format. Older or later deliveries are refused. */
  timestamp: z
    .strictObject({
      header: z.string().optional(),
      unit: z.enum(['seconds', 'milliseconds', 'rfc3339']),
      toleranceSeconds: z.number().positive(),
    })
    .optional(),
  /** Name of the secret in `auth.secrets`. */
  secret: z.string(),
});
export type SignatureScheme = z.infer<typeof signatureSchemeSchema>;

/** How a vendor asks whether we own the endpoint, and the answer it expects. */
export const challengeSchema = z.discriminatedUnion('kind', [
  /** Echo a value of the body: `{ challenge }` answered as text or under the same name. */
  z.strictObject({ kind: z.literal('echo'), pointer: pointerSchema, as: z.enum(['text', 'json']) }),
  /** A delivery with no items must be answered 200 when its signature holds, else 401. */
  z.strictObject({ kind: z.literal('signature-probe') }),
]);

/** How an item tells that one of our own writes caused it. */
export const echoSchema = z.strictObject({
  pointer: pointerSchema,
  /** `idempotency-key`: a key we sent; `identity`: the connection's service account; `app`: the registration's app id. */
  is: z.enum(['idempotency-key', 'identity', 'app']),
});

const steps = z.array(z.string().min(1)).min(1);

const subscribedByPerson = {
  /** Where a person subscribes, and sees what there is. */
  page: z.url().optional(),
  /** How a person has the vendor send a delivery, so that one is seen. */
  test: z.string().min(1).optional(),
};

export const subscriptionSchema = z.union([
  /** Made, looked at and removed by us: `list`, `create` and `remove` name operations of `subscriptions.ts`. */
  z.strictObject({
    /** Whose it is at the vendor: the connection's account, or our app for all accounts at once. */
    per: z.enum(['connection', 'registration']),
    /** What we subscribe to, in the vendor's words. Another set of them is another subscription. */
    topics: z.array(z.string().min(1)).min(1),
    list: z.string(),
    create: z.string(),
    remove: z.string(),
    /** A read that tells the signing secret of one that is there, for vendors that tell it more than once. */
    tellSecret: z.string().optional(),
    /** For a registration's: the app's own token, or its client secret where that is the credential of calls. */
    credential: z.enum(['client_credentials', 'client_secret']).optional(),
    /** It ends by itself, and is made anew so long before. */
    renewBefore: z.strictObject({ hours: z.number().positive() }).optional(),
    /** What a person does where the vendor does not let our app. `{url}` stands for the hook's URL. */
    manual: steps.optional(),
    ...subscribedByPerson,
  }),
  /** Made by a person at the vendor, step by step. `{url}` stands for the hook's URL. */
  z.strictObject({
    /** Whose hook the vendor calls; the connection's unless said. */
    per: z.enum(['connection', 'registration']).optional(),
    manual: steps,
    ...subscribedByPerson,
  }),
]);
export type SubscriptionManifest = z.infer<typeof subscriptionSchema>;

const eventTypeName = z
  .string()
  .regex(/^[a-z]+(\.[a-z][a-z0-9-]*)+\.v[1-9]\d*$/, 'must be like billing.invoice-paid.v1');

const triggerCommon = {
  name: z.string().regex(/^[a-z][a-zA-Z0-9.-]*$/),
  summary: z.string().min(1),
  /** Link to the vendor's documentation. */
  source: z.url(),
  /** Event types that `normalize` may yield. */
  events: z.array(eventTypeName).min(1),
  /**
   * Fields of the record (its id, its source version) that make the event's id, so that a poll and a webhook of
   * one change yield the same event. Pointers read the hydrated record where `hydrate` is declared, else the item.
   */
  eventId: z.array(pointerSchema).min(1).optional(),
};

export const webhookManifestSchema = z.strictObject({
  kind: z.literal('webhook'),
  ...triggerCommon,
  signature: signatureSchemeSchema,
  challenge: challengeSchema.optional(),
  /** Pointer to the array of items in the body (`''` when the body is the array); absent when the body is one item. */
  items: pointerSchema.optional(),
  /** Fields that make an item unique at its connection; joined by `:` they are the event's id. */
  key: z.array(fieldSchema).min(1),
  /** The vendor account an item belongs to: what `connections[].account` is compared with. */
  account: fieldSchema.optional(),
  /** The record an item is about: items of one record are normalised in arrival order. */
  record: z.array(fieldSchema).min(1),
  /** The item's own time at the vendor. */
  time: z.strictObject({
    pointer: pointerSchema,
    unit: z.enum(['seconds', 'milliseconds', 'rfc3339']),
  }),
  /** A read operation that fetches the record for thin items; `input` maps its input fields to the item's. */
  hydrate: z
    .strictObject({
      operation: z.string(),
      input: z.record(z.string(), pointerSchema),
      /** Only items for which this pointer has one of these values are hydrated; others go to `normalize` as they are. */
      when: z.strictObject({ pointer: pointerSchema, oneOf: z.array(z.string()).min(1) }).optional(),
    })
    .optional(),
  echo: echoSchema.optional(),
  subscription: subscriptionSchema,
});
export type WebhookManifest = z.infer<typeof webhookManifestSchema>;

export const pollManifestSchema = z.strictObject({
  kind: z.literal('poll'),
  ...triggerCommon,
  eventId: z.array(pointerSchema).min(1),
  /** Read operation that lists changed records from a cursor. */
  operation: z.string(),
  everySeconds: z.number().int().positive(),
  /** The record an item is about. */
  record: z.array(pointerSchema).min(1),
  time: z.strictObject({ pointer: pointerSchema, unit: z.enum(['seconds', 'milliseconds', 'rfc3339']) }),
  /** A poll says why a webhook does not do: the reason, or the webhook whose gaps it closes. */
  because: z.string().optional(),
  reconciles: z.string().optional(),
});
export type PollManifest = z.infer<typeof pollManifestSchema>;

export const triggerManifestSchema = z.discriminatedUnion('kind', [
  webhookManifestSchema,
  pollManifestSchema,
]);
export type TriggerManifest = z.infer<typeof triggerManifestSchema>;
