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
  join onceover.events event on event.tenant = run.tenant and event.seq = run.event_seq
  left join onceover.lanes lane on lane.id = run.lane_id`;

type Values = [
  tenant: string,
  before: string | null,
  limit: number,
  flow: string | null,
  status: string | null,
  key: string | null,
  source: string | null,
];

/** What is not finished lies in one small partition: to look for it, nothing else is opened. */
const unfinished = `and run.finished_at = 'infinity'`;
const finished = `and run.finished_at < 'infinity' and run.status = $5`;

const list = (where: string) => `select * from (${shown}
     where run.tenant = $1 and run.id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
       and ($4::text is null or run.flow = $4) and ($6::text is null or run.key = $6)
       and ($7::text is null or event.source = $7) ${where}
   ) listed
   where ($5::text is null or status = $5)
   order by id desc limit $3`;

const listQuery = defineQuery<Values, RunRow>('list-runs', list(''));
const listUnfinishedQuery = defineQuery<Values, RunRow>('list-unfinished-runs', list(unfinished));
const listFinishedQuery = defineQuery<Values, RunRow>('list-finished-runs', list(finished));
const listStoppedQuery = defineQuery<Values, RunRow>(
  'list-stopped-runs',
  list(`and run.status in ('dead_lettered', 'discarded')`),
);
const listByEventQuery = defineQuery<[...Values, event: string], RunRow>(
  'list-runs-by-event',
  list('and event.id = $8'),
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
  const values: Values = [tenant, before, limit, flow ?? null, status ?? null, key ?? null, source ?? null];
  // An event has few runs, and the event is found by its id.
  if (event !== undefined) return listByEventQuery.rows(db, [...values, event]);
  if (status === undefined) return listQuery.rows(db, values);
  switch (status) {
    case 'queued':
    case 'waiting':
    case 'running':
      return listUnfinishedQuery.rows(db, values);
    case 'dead_lettered':
    case 'discarded':
      return listStoppedQuery.rows(db, values);
    default:
      return listFinishedQuery.rows(db, values);
  }
}

const findQuery = defineQuery<[tenant: string, id: string], RunRow>(
  'find-run',
  `${shown} where run.tenant = $1 and run.id = $2`,
);

/** One run; undefined when the tenant has none of this id. */
export function findRun(db: Queryable, run: { tenant: string; id: string }): Promise<RunRow | undefined> {
  return findQuery.maybeOne(db, [run.tenant, run.id]);
}
