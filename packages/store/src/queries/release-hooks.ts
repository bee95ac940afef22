import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[owner: string]>(
  'release-hooks',
  'update onceover.hook_leases set lease_until = clock_timestamp() where owner = $1 and lease_until > clock_timestamp()',
);

/** Gives back all hooks that a runner reads, at its stop. */
export async function releaseHooks(db: Queryable, owner: string): Promise<void> {
  await query.count(db, [owner]);
}
