import { defineQuery, type Queryable } from '../define-query.ts';
import type { ConnectorVersionRow } from './list-connector-versions.ts';

type NewVersion = Omit<ConnectorVersionRow, 'decidedAt'>;

const query = defineQuery<
  [
    connector: string,
    version: string,
    integrity: string,
    manifest: string,
    state: string,
    reason: string,
    decidedBy: string,
  ]
>(
  'save-connector-version',
  `insert into onceover.connector_versions (connector, version, integrity, manifest, state, reason, decided_by)
   values ($1, $2, $3, $4, $5, $6, $7)
   on conflict (connector, version) do update
   set integrity = excluded.integrity, manifest = excluded.manifest, state = excluded.state,
       reason = excluded.reason, decided_by = excluded.decided_by, decided_at = clock_timestamp()`,
);

/** Stores what was decided about a version. */
export async function saveConnectorVersion(db: Queryable, row: NewVersion): Promise<void> {
  const { connector, version, integrity, manifest, state, reason, decidedBy } = row;
  await query.count(db, [connector, version, integrity, manifest, state, reason, decidedBy]);
}
