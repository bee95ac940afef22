import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[tenant: string, id: string, account: string]>(
  'set-connection-account',
  `update onceover.connections set account = $3, updated_at = now()
   where tenant = $1 and id = $2 and account is distinct from $3`,
);

/**
 * Stores whose account a connection is at the vendor.
 * @throws SQLSTATE 23505 (`connections_by_account`) when another connection of the registration has the account
 */
export async function setConnectionAccount(
  db: Queryable,
  { tenant, id, account }: { tenant: string; id: string; account: string },
): Promise<void> {
  await query.count(db, [tenant, id, account]);
}
