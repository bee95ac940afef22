import { z } from 'zod';
import { defineOperation, type ReadImplementation, type WriteImplementation } from './operations.ts';

/**
 * The operations by which the broker keeps a webhook subscription at a vendor. They are called by the broker alone,
 * under a lease, and each call of theirs is checked against the manifest as any other.
 */

/** A subscription as the vendor lists it. */
export const listedSubscriptionSchema = z.strictObject({
  vendorId: z.string().min(1),
  /** Where the vendor delivers to, letter by letter. */
  url: z.string(),
  /** In the vendor's words. */
  topics: z.array(z.string()),
  /** False when the vendor or a person has switched it off. */
  isActive: z.boolean(),
  /** When it ends by itself. */
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
export type ListedSubscription = z.infer<typeof listedSubscriptionSchema>;

const listSchema = z.strictObject({ subscriptions: z.array(listedSubscriptionSchema) });

/** What is to be subscribed to. */
export const newSubscriptionSchema = z.strictObject({
  url: z.url(),
  topics: z.array(z.string().min(1)).min(1),
});
export type NewSubscription = z.infer<typeof newSubscriptionSchema>;

const madeSubscriptionSchema = z.strictObject({ vendorId: z.string().min(1) });
export type MadeSubscription = z.infer<typeof madeSubscriptionSchema>;

/** Lists every subscription of the account or app, ours and others: all pages of them. */
export function listSubscriptions(
  how: ReadImplementation<Record<string, never>, z.infer<typeof listSchema>>,
) {
  return defineOperation({
    kind: 'read',
    name: 'subscriptions.list',
    summary: 'Lists the webhook subscriptions that there are.',
    input: z.strictObject({}),
    output: listSchema,
    ...how,
  });
}

/**
 * Makes a subscription; it does not look whether there is one. A secret that the vendor answers with belongs into
 * `withholds`. Its `lookup` finds one by URL.
 */
export function createSubscription(how: WriteImplementation<NewSubscription>) {
  return defineOperation({
    kind: 'write',
    name: 'subscriptions.create',
    summary: 'Subscribes to events, which the vendor then delivers to the URL.',
    resource: 'subscriptions',
    record: newSubscriptionSchema,
    naturalKey: [{ pointer: '/url', canonical: 'exact' }],
    impact: 'write',
    ...how,
  });
}

/** Ends a subscription: `updated` when it was there, `unchanged` when it was gone. */
export function removeSubscription(how: WriteImplementation<MadeSubscription>) {
  return defineOperation({
    kind: 'write',
    name: 'subscriptions.remove',
    summary: 'Ends a webhook subscription.',
    resource: 'subscriptions.ended',
    record: madeSubscriptionSchema,
    naturalKey: [{ pointer: '/vendorId', canonical: 'exact' }],
    impact: 'delete',
    ...how,
  });
}

/** Reads a subscription whose answer holds the signing secret, which belongs into `withholds`. */
export function tellSubscriptionSecret(how: ReadImplementation<MadeSubscription, MadeSubscription>) {
  return defineOperation({
    kind: 'read',
    name: 'subscriptions.tellSecret',
    summary: 'Has the vendor tell the broker the signing secret of a subscription.',
    input: madeSubscriptionSchema,
    output: madeSubscriptionSchema,
    ...how,
  });
}
