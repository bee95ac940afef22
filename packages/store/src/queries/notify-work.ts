import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[payload: string]>('notify-work', `select pg_notify('onceover_work', $1)`);

/** Tells the other runners that there is work. Not in a transaction that stores it: commits with a NOTIFY wait for each other. */
export async function notifyWork(db: Queryable, payload: string): Promise<void> {
  await query.count(db, [payload]);
}
