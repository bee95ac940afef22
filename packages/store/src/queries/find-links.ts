import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<
  [tenant: string, connection: string, resource: string, keys: string[]],
  { naturalKey: string; vendorId: string }
>(
  'find-links',
  `select natural_key as "naturalKey", vendor_id as "vendorId" from onceover.links
   where tenant = $1 and connection = $2 and resource = $3 and natural_key = any ($4)`,
);

/** Vendor ids by natural key, of those that are known. */
export async function findLinks(
  db: Queryable,
  where: { tenant: string; connection: string; resource: string; keys: readonly string[] },
): Promise<Map<string, string>> {
  const { tenant, connection, resource, keys } = where;
  const rows = await query.rows(db, [tenant, connection, resource, [...keys]]);
  return new Map(rows.map(({ naturalKey, vendorId }) => [naturalKey, vendorId]));
}
