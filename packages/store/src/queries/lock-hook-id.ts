import { defineQuery, type Queryable } from '../define-query.ts';
import type { HookIdRow } from './claim-hook-ids.ts';

const query = defineQuery<[id: string], HookIdRow>(
  'lock-hook-id',
  'select id, tenant, owner from onceover.hook_ids where id = $1 for update',
);

/** Locks a connection's or registration's id until the transaction ends: secrets of one owner change one after another. */
export async function lockHookId(db: Queryable, id: string): Promise<HookIdRow | undefined> {
  return query.maybeOne(db, [id]);
}
