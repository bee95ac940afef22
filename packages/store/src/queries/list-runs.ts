import { defineQuery, type Queryable } from '../define-query.ts';

/** A run as its readers see it. */
export interface RunRow {
  id: string;
  tenant: string;
  flow: string;
  flow_version: number;
  status: string;
  waiting_for: string | null;
  key: string;
  event_id: string;
  event_source: string;
  event_type: string;
  event_time: Date;
  attempts: number;
  isolation: string;
  error: string | null;
  created_at: Date;
  finished_at: Date | null;
}

// A run is running while its lane is leased and it stands at the lane's head, which a begun or waiting one does.
const shown = `
  select run.id, run.tenant, run.flow, run.flow_version, run.key, run.attempts, run.isolation, run.error,
         run.created_at, nullif(run.finished_at, 'infinity') as finished_at,
         event.id as event_id, event.source as event_source, event.type as event_type, event.time as event_time,
         case
           when run.finished_at < 'infinity' then run.status
           when lane.owner is not null and lane.ready_at > now()
             and (run.status = 'waiting'
               or exists (select from onceover.steps step where step.run_id = run.id)
               or exists (select from onceover.effects effect where effect.run_id = run.id))
             then 'running'
           when run.status = 'queued' and lane.waiting in ('held', 'outcome', 'flow') then 'waiting'
           else run.status
         end as status,
         case
           when run.finished_at < 'infinity' then null
           when run.status = 'queued' and lane.owner is null and lane.waiting in ('held', 'outcome', 'flow') then 'lane'
           when lane.owner is not null and lane.ready_at > now() then null
           else run.waiting_for
         end as waiting_for
  from onceover.runs run
  join onceover.events event on event.seq = run.event_seq
  left join onceover.lanes lane on lane.id = run.lane_id`;

const listQuery = defineQuery<
  [
    tenant: string,
    before: string | null,
    limit: number,
    flow: string | null,
    status: string | null,
    key: string | null,
    event: string | null,
    source: string | null,
  ],
  RunRow
>(
  'list-runs',
  `select * from (${shown}
     where run.tenant = $1 and ($2::uuid is null or run.id < $2)
       and ($4::text is null or run.flow = $4) and ($6::text is null or run.key = $6)
       and ($7::text is null or event.id = $7) and ($8::text is null or event.source = $8)
   ) listed
   where ($5::text is null or status = $5)
   order by id desc limit $3`,
);

/** Runs, newest first. */
export function listRuns(
  db: Queryable,
  filter: {
    tenant: string;
    /** Only older ones than this run. */
    before: string | null;
    limit: number;
    flow?: string | undefined;
    status?: string | undefined;
    key?: string | undefined;
    event?: string | undefined;
    source?: string | undefined;
  },
): Promise<RunRow[]> {
  const { tenant, before, limit, flow, status, key, event, source } = filter;
  return listQuery.rows(db, [
    tenant,
    before,
    limit,
    flow ?? null,
    status ?? null,
    key ?? null,
    event ?? null,
    source ?? null,
  ]);
}

const findQuery = defineQuery<[tenant: string, id: string], RunRow>(
  'find-run',
  `${shown} where run.tenant = $1 and run.id = $2`,
);

/** One run; undefined when the tenant has none of this id. */
export function findRun(db: Queryable, run: { tenant: string; id: string }): Promise<RunRow | undefined> {
  return findQuery.maybeOne(db, [run.tenant, run.id]);
}
