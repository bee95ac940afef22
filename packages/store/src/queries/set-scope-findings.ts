import { defineQuery, type Queryable } from '../define-query.ts';
import type { MissingScope } from './save-grant.ts';

const query = defineQuery<[connection: string, missing: string, excess: string[]]>(
  'set-scope-findings',
  `update onceover.connection_grants set missing_scopes = $2::jsonb, excess_scopes = $3
   where connection = $1 and (missing_scopes, excess_scopes) is distinct from ($2::jsonb, $3)`,
);

/** Stores how granted and declared scopes differ. False when that was known. */
export async function setScopeFindings(
  db: Queryable,
  findings: { connection: string; missing: readonly MissingScope[]; excess: readonly string[] },
): Promise<boolean> {
  const { connection, missing, excess } = findings;
  return (await query.count(db, [connection, JSON.stringify(missing), [...excess]])) === 1;
}
