import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[owner: string, epoch: number]>(
  'renew-subscription-intent',
  'update onceover.subscriptions set generation = generation + 1 where owner = $1 and epoch = $2',
);

/** The vendor only repeats that the creation failed: the next one is another, with another key. */
export async function renewSubscriptionIntent(
  db: Queryable,
  { owner, epoch }: { owner: string; epoch: number },
): Promise<void> {
  await query.count(db, [owner, epoch]);
}
