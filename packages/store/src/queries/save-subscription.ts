import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<
  [owner: string, epoch: number, vendorId: string | null, url: string | null, topics: string[] | null]
>(
  'save-subscription',
  `update onceover.subscriptions
   set vendor_id = $3, url = $4, topics = $5, intended_url = null,
     made_at = case when $3::text is null then null else clock_timestamp() end, generation = generation + 1
   where owner = $1 and epoch = $2`,
);

/** Stores what the vendor has from now on; nulls for nothing. False when the lease has been taken by somebody else. */
export async function saveSubscription(
  db: Queryable,
  row: {
    owner: string;
    epoch: number;
    made: { vendorId: string; url: string; topics: readonly string[] } | null;
  },
): Promise<boolean> {
  const { owner, epoch, made } = row;
  const topics = made === null ? null : [...made.topics];
  return (await query.count(db, [owner, epoch, made?.vendorId ?? null, made?.url ?? null, topics])) === 1;
}
