import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[tenant: string, keys: string[]], { key: string }>(
  'find-own-keys',
  `select key from onceover.effects where tenant = $1 and key = any($2)
   union
   select idempotency_key from onceover.effects where tenant = $1 and idempotency_key = any($2)`,
);

/** Which of these idempotency keys we sent: as an effect's key, or as that of a call of several. */
export async function findOwnKeys(db: Queryable, tenant: string, keys: string[]): Promise<Set<string>> {
  return new Set((await query.rows(db, [tenant, keys])).map(({ key }) => key));
}
