import { defineQuery, type Queryable } from '../define-query.ts';

/** Who an id of the shared namespace belongs to. */
export interface HookIdRow {
  id: string;
  tenant: string;
  owner: 'registration' | 'connection';
}

const query = defineQuery<[ids: string[], tenants: string[], owners: string[]], HookIdRow>(
  'claim-hook-ids',
  `insert into onceover.hook_ids as claimed (id, tenant, owner)
   select id, tenant, owner from unnest($1::text[], $2::text[], $3::text[]) as wanted (id, tenant, owner)
   order by id
   on conflict (id) do update set id = excluded.id
   returning claimed.id, claimed.tenant, claimed.owner`,
);

/**
 * Takes free ids, and locks all of them until the transaction ends, in one order for all callers. Returns whose each
 * id is: compare it with what was wanted.
 */
export async function claimHookIds(db: Queryable, wanted: readonly HookIdRow[]): Promise<HookIdRow[]> {
  return query.rows(db, [
    wanted.map(({ id }) => id),
    wanted.map(({ tenant }) => tenant),
    wanted.map(({ owner }) => owner),
  ]);
}
