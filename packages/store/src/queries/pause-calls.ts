import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[connection: string, calls: string, tenant: string, afterMs: number, code: string]>(
  'pause-calls',
  `insert into onceover.call_gates as gate (connection, calls, tenant, paused_until, pause_code)
   values ($1, $2, $3, clock_timestamp() + make_interval(secs => $4::double precision / 1000), $5)
   on conflict (connection, calls) do update
   set paused_until = excluded.paused_until, pause_code = excluded.pause_code
   where gate.paused_until is null or gate.paused_until < excluded.paused_until`,
);

/** No runner makes these calls of a connection before: its vendor asked for it. A longer pause that holds stays. */
export async function pauseCalls(
  db: Queryable,
  pause: { connection: string; calls: string; tenant: string; afterMs: number; code: string },
): Promise<void> {
  await query.count(db, [pause.connection, pause.calls, pause.tenant, pause.afterMs, pause.code]);
}
