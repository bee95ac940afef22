import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[connection: string, probe: string]>(
  'close-breaker',
  `update onceover.call_gates
   set open_until = null, openings = 0, probe_owner = null, probe_until = null
   where connection = $1 and calls = '' and probe_owner = $2::uuid`,
);

/** The probe has succeeded: calls go out again. False for a probe that took too long and is another's now. */
export async function closeBreaker(
  db: Queryable,
  { connection, probe }: { connection: string; probe: string },
): Promise<boolean> {
  return (await query.count(db, [connection, probe])) === 1;
}
