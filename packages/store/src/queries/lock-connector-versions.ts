import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[], { locked: string }>(
  'lock-connector-versions',
  `select pg_advisory_xact_lock(hashtext('onceover.connector_versions'))::text as locked`,
);

/** One at a time decides about versions, until its transaction ends. */
export async function lockConnectorVersions(db: Queryable): Promise<void> {
  await query.rows(db, []);
}
