import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[owner: string, hookId: string | null]>(
  'release-hooks',
  `update onceover.hook_leases set lease_until = clock_timestamp()
   where owner = $1 and ($2::text is null or hook_id = $2) and lease_until > clock_timestamp()`,
);

/** Gives back a hook that a runner reads; all of them unless one is named. */
export async function releaseHooks(db: Queryable, owner: string, hookId?: string): Promise<void> {
  await query.count(db, [owner, hookId ?? null]);
}
