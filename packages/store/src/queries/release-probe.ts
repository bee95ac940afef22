import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[connection: string, probe: string]>(
  'release-probe',
  `update onceover.call_gates set probe_owner = null, probe_until = null
   where connection = $1 and calls = '' and probe_owner = $2::uuid`,
);

/** The probe told nothing: another call may be it. */
export async function releaseProbe(
  db: Queryable,
  { connection, probe }: { connection: string; probe: string },
): Promise<void> {
  await query.count(db, [connection, probe]);
}
