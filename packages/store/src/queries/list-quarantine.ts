import { defineQuery, type Queryable } from '../define-query.ts';

export interface QuarantineRow {
  id: string;
  tenant: string;
  kind: string;
  hook_id: string | null;
  connection: string | null;
  trigger: string | null;
  delivery_id: string | null;
  item_key: string | null;
  event_type: string | null;
  code: string;
  detail: string;
  path: string | null;
  value: string | null;
  data: string | null;
  status: string;
  created_at: Date;
}

const query = defineQuery<[tenant: string, before: string | null, limit: number], QuarantineRow>(
  'list-quarantine',
  `select id, tenant, kind, hook_id, connection, trigger, delivery_id, item_key, event_type, code, detail, path, value,
          data, status, created_at
   from onceover.quarantine
   where tenant = $1 and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   order by id desc limit $3`,
);

/** What failed its checks, newest first. */
export function listQuarantine(
  db: Queryable,
  filter: { tenant: string; before: string | null; limit: number },
): Promise<QuarantineRow[]> {
  return query.rows(db, [filter.tenant, filter.before, filter.limit]);
}
