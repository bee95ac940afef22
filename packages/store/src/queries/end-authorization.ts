import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[id: string, status: string, code: string | null, failure: string | null]>(
  'end-authorization',
  `update onceover.authorizations
   set status = $2, failure_code = $3, failure = $4, ended_at = clock_timestamp()
   where id = $1::uuid and status not in ('authorized', 'failed')`,
);

/** Ends an authorisation, well or badly. */
export async function endAuthorization(
  db: Queryable,
  end: { id: string; status: 'authorized' } | { id: string; status: 'failed'; code: string; failure: string },
): Promise<void> {
  const [code, failure] = end.status === 'failed' ? [end.code, end.failure] : [null, null];
  await query.count(db, [end.id, end.status, code, failure]);
}
