import { defineQuery, type Queryable } from '../define-query.ts';

export interface CallUseListRow {
  connection: string;
  connector_version: string;
  operation: string;
  call: string;
  refusal: string;
  count: number;
  first_at: Date;
  last_at: Date;
}

const query = defineQuery<[connector: string, tenant: string | null], CallUseListRow>(
  'list-call-use',
  `select connection, connector_version, operation, call, refusal, count, first_at, last_at
   from onceover.call_use where connector = $1 and ($2::text is null or tenant = $2)
   order by operation, call, connection, refusal, connector_version`,
);

/** What calls a connector made and was refused, of one tenant or of all. */
export function listCallUse(
  db: Queryable,
  place: { connector: string; tenant: string | null },
): Promise<CallUseListRow[]> {
  return query.rows(db, [place.connector, place.tenant]);
}
