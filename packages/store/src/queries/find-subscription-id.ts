import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[owner: string], { vendorId: string | null }>(
  'find-subscription-id',
  'select vendor_id as "vendorId" from onceover.subscriptions where owner = $1',
);

/** The vendor's id of the webhook subscription that we keep for a connection or registration; null when there is none. */
export async function findSubscriptionId(db: Queryable, owner: string): Promise<string | null> {
  return (await query.maybeOne(db, [owner]))?.vendorId ?? null;
}
