import { defineQuery, type Queryable } from '../define-query.ts';

export interface EventRow {
  seq: number;
  id: string;
  source: string;
  type: string;
  subject: string | null;
  time: Date;
  data: string;
  attributes: string | null;
  is_echo: boolean;
  recorded_at: Date;
}

const query = defineQuery<
  [
    tenant: string,
    before: number | null,
    limit: number,
    type: string | null,
    source: string | null,
    id: string | null,
  ],
  EventRow
>(
  'list-events',
  `select seq, id, source, type, subject, time, data, attributes, is_echo, recorded_at
   from onceover.events
   where tenant = $1 and ($2::bigint is null or seq < $2) and ($4::text is null or type = $4)
     and ($5::text is null or source = $5) and ($6::text is null or id = $6)
   order by seq desc limit $3`,
);

/** Events, newest first. */
export function listEvents(
  db: Queryable,
  filter: {
    tenant: string;
    /** Only older ones than this place. */
    before: number | null;
    limit: number;
    type?: string | undefined;
    source?: string | undefined;
    id?: string | undefined;
  },
): Promise<EventRow[]> {
  const { tenant, before, limit, type, source, id } = filter;
  return query.rows(db, [tenant, before, limit, type ?? null, source ?? null, id ?? null]);
}
