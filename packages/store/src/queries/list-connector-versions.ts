import { defineQuery, type Queryable } from '../define-query.ts';

/** A version of a connector, as it was seen and decided. */
export interface ConnectorVersionRow {
  connector: string;
  version: string;
  integrity: string;
  /** JSON. */
  manifest: string;
  state: 'held' | 'released';
  reason: string;
  decidedBy: string;
  decidedAt: Date;
}

const query = defineQuery<[], ConnectorVersionRow>(
  'list-connector-versions',
  `select connector, version, integrity, manifest, state, reason, decided_by as "decidedBy", decided_at as "decidedAt"
   from onceover.connector_versions order by connector, decided_at`,
);

/** Every version that was seen; of one connector the latest decision last. */
export function listConnectorVersions(db: Queryable): Promise<ConnectorVersionRow[]> {
  return query.rows(db, []);
}
