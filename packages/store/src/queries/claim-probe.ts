import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[connection: string, probe: string, leaseMs: number]>(
  'claim-probe',
  `update onceover.call_gates
   set probe_owner = $2::uuid, probe_until = clock_timestamp() + make_interval(secs => $3::double precision / 1000)
   where connection = $1 and calls = '' and open_until <= clock_timestamp()
     and (probe_until is null or probe_until <= clock_timestamp())`,
);

/** Takes the one call that may try whether a vendor is there again. False while another has it, or it is too early. */
export async function claimProbe(
  db: Queryable,
  { connection, probe, leaseMs }: { connection: string; probe: string; leaseMs: number },
): Promise<boolean> {
  return (await query.count(db, [connection, probe, leaseMs])) === 1;
}
