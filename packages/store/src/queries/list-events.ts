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

type Values = [
  tenant: string,
  before: number | null,
  limit: number,
  type: string | null,
  source: string | null,
];

const shown = `select seq, id, source, type, subject, time, data, attributes, is_echo, recorded_at
   from onceover.events
   where tenant = $1 and seq < coalesce($2::bigint, 9223372036854775807) and ($4::text is null or type = $4)
     and ($5::text is null or source = $5)`;

const listQuery = defineQuery<Values, EventRow>('list-events', `${shown} order by seq desc limit $3`);

// Few have one id: they are found by it, not by going through the list.
const listByIdQuery = defineQuery<[...Values, id: string], EventRow>(
  'list-events-by-id',
  `${shown} and id = $6 order by seq desc limit $3`,
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
  const values: Values = [tenant, before, limit, type ?? null, source ?? null];
  return id === undefined ? listQuery.rows(db, values) : listByIdQuery.rows(db, [...values, id]);
}
