import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[connection: string, version: number]>(
  'refuse-token-set',
  `update onceover.token_sets set refused_at = clock_timestamp()
   where connection = $1 and version = $2 and refused_at is null`,
);

/** The vendor has refused the refresh token of this version: it is not tried again. */
export async function refuseTokenSet(
  db: Queryable,
  { connection, version }: { connection: string; version: number },
): Promise<void> {
  await query.count(db, [connection, version]);
}
