import { defineQuery, type Queryable } from '../define-query.ts';

/** What holds calls of a connection back now. */
export interface CallGateRow {
  connection: string;
  tenant: string;
  /** The name of a budget; empty for all calls. */
  calls: string;
  /** How long its vendor wants to be left alone; null when it does not. */
  pausedMs: number | null;
  /** What the vendor answered: `http_429`. */
  pauseCode: string | null;
  /** Until one call may try again, 0 when it may; null while the breaker is closed. */
  openMs: number | null;
}

const query = defineQuery<[], CallGateRow>(
  'list-call-gates',
  `select connection, tenant, calls, pause_code as "pauseCode",
     case when paused_until > clock_timestamp()
       then (extract(epoch from paused_until - clock_timestamp()) * 1000)::double precision end as "pausedMs",
     case when open_until is not null
       then greatest(0, extract(epoch from open_until - clock_timestamp()) * 1000)::double precision end as "openMs"
   from onceover.call_gates
   where open_until is not null or paused_until > clock_timestamp()`,
);

/** Every connection whose calls are held back, of all tenants. */
export async function listCallGates(db: Queryable): Promise<CallGateRow[]> {
  return query.rows(db, []);
}
