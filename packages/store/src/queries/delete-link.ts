import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[tenant: string, connection: string, resource: string, naturalKey: string]>(
  'delete-link',
  `delete from onceover.links where tenant = $1 and connection = $2 and resource = $3 and natural_key = $4`,
);

/** Drops a link whose record is gone at the vendor. False when there was none. */
export async function deleteLink(
  db: Queryable,
  link: { tenant: string; connection: string; resource: string; naturalKey: string },
): Promise<boolean> {
  const { tenant, connection, resource, naturalKey } = link;
  return (await query.count(db, [tenant, connection, resource, naturalKey])) === 1;
}
