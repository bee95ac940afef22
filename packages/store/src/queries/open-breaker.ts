import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<
  [connection: string, tenant: string, baseMs: number, capMs: number, jitter: number, probe: string | null],
  { openMs: number }
>(
  'open-breaker',
  `insert into onceover.call_gates as gate (connection, tenant, open_until, openings)
   values ($1, $2, clock_timestamp() + make_interval(secs => $3::double precision * (0.75 + $5::double precision / 2) / 1000), 1)
   on conflict (connection, calls) do update
   set open_until = clock_timestamp() + make_interval(secs =>
         least($4::double precision, $3::double precision * 2 ^ least(gate.openings, 20)) * (0.75 + $5::double precision / 2) / 1000),
     openings = gate.openings + 1, probe_owner = null, probe_until = null
   where gate.open_until is null or gate.probe_owner = $6::uuid
   returning greatest(0, extract(epoch from open_until - clock_timestamp()) * 1000)::double precision as "openMs"`,
);

/**
 * Opens a connection's breaker: the first time for about `baseMs`, then for twice as long each time until a probe
 * succeeds. Undefined when it is open already and this was not its probe.
 * @param opening.jitter between 0 and 1
 * @param opening.probe the probe that has failed; null when calls did
 */
export async function openBreaker(
  db: Queryable,
  opening: {
    connection: string;
    tenant: string;
    baseMs: number;
    capMs: number;
    jitter: number;
    probe: string | null;
  },
): Promise<{ openMs: number } | undefined> {
  const { connection, tenant, baseMs, capMs, jitter, probe } = opening;
  return query.maybeOne(db, [connection, tenant, baseMs, capMs, jitter, probe]);
}
