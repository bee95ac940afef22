import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[owner: string, epoch: number]>(
  'drop-subscription-intent',
  'update onceover.subscriptions set intended_url = null where owner = $1 and epoch = $2',
);

/** The vendor has refused a creation: there is none whose answer was lost. */
export async function dropSubscriptionIntent(
  db: Queryable,
  { owner, epoch }: { owner: string; epoch: number },
): Promise<void> {
  await query.count(db, [owner, epoch]);
}
