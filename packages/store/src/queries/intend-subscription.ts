import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[owner: string, epoch: number, url: string | null]>(
  'intend-subscription',
  `update onceover.subscriptions set intended_url = coalesce($3, intended_url)
   where owner = $1 and epoch = $2 and lease_until > clock_timestamp()`,
);

/**
 * Says that a write to the vendor is about to be sent. False when the lease is over: then it is not sent.
 * @param intent.url of a creation; null for a removal
 */
export async function intendSubscription(
  db: Queryable,
  intent: { owner: string; epoch: number; url: string | null },
): Promise<boolean> {
  return (await query.count(db, [intent.owner, intent.epoch, intent.url])) === 1;
}
