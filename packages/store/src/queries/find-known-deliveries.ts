import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[string[]], { id: string }>(
  'find-known-deliveries',
  'select id from onceover.deliveries where id = any($1::uuid[])',
);

/** Which of these deliveries are stored already. */
export async function findKnownDeliveries(db: Queryable, ids: string[]): Promise<Set<string>> {
  return new Set((await query.rows(db, [ids])).map(({ id }) => id));
}
