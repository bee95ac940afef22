import { defineQuery, type Queryable } from '../define-query.ts';

/** A rotation that can go on, and whose secret it is. */
export interface DueRotationRow {
  id: string;
  owner: string;
  tenant: string;
  kind: 'connection' | 'registration';
}

const query = defineQuery<[limit: number], DueRotationRow>(
  'list-due-rotations',
  `select one.id, one.owner, one.tenant, place.owner as kind
   from onceover.secret_rotations one join onceover.hook_ids place on place.id = one.owner
   where step is not null and waiting_for is null
     and (step <> 'revoke' or revoke_at <= clock_timestamp())
     and (retry_at is null or retry_at <= clock_timestamp())
     and (lease_until is null or lease_until <= clock_timestamp())
   order by started_at limit $1`,
);

/** Rotations whose next step can be done now, by this database's clock. */
export async function listDueRotations(
  db: Queryable,
  { limit }: { limit: number },
): Promise<DueRotationRow[]> {
  return query.rows(db, [limit]);
}
