import { defineQuery, type Queryable } from '../define-query.ts';

/** Who an id of the shared namespace belongs to. */
export interface HookIdRow {
  id: string;
  tenant: string;
  owner: 'registration' | 'connection';
}

// No conflict target: two callers that insert one id at once may meet at either of its unique indexes.
const take = defineQuery<[ids: string[], tenants: string[], owners: string[]]>(
  'take-hook-ids',
  `insert into onceover.hook_ids (id, tenant, owner)
   select id, tenant, owner from unnest($1::text[], $2::text[], $3::text[]) as wanted (id, tenant, owner)
   order by id
   on conflict do nothing`,
);

const lock = defineQuery<[ids: string[]], HookIdRow>(
  'lock-hook-ids',
  'select id, tenant, owner from onceover.hook_ids where id = any ($1) order by id for update',
);

/**
 * Takes free ids, and locks all of them until the transaction ends, in one order for all callers. Returns whose each
 * id is: compare it with what was wanted.
 */
export async function claimHookIds(db: Queryable, wanted: readonly HookIdRow[]): Promise<HookIdRow[]> {
  const ids = wanted.map(({ id }) => id);
  await take.count(db, [ids, wanted.map(({ tenant }) => tenant), wanted.map(({ owner }) => owner)]);
  return lock.rows(db, [ids]);
}
