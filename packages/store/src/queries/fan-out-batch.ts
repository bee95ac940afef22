/** Events with the runs that they start and the lanes of these, as sets of a batch and as the statements that store them. */
export const fanOutSets = {
  events: {
    tenant: 'text',
    source: 'text',
    id: 'text',
    type: 'text',
    subject: 'text?',
    time: 'timestamptz',
    data: 'json',
    attributes: 'json?',
    is_echo: 'bool',
  },
  runs: {
    id: 'uuid',
    /** Which of the events, counted from 1. */
    event: 'int4',
    tenant: 'text',
    flow: 'text',
    flow_version: 'int4',
    lane_id: 'uuid',
    key: 'text',
    upcast: 'json?',
    isolation: 'text',
    /** A run with an error is a dead letter from the start and stands in no lane. */
    error: 'json?',
  },
  /** One row for each lane of the runs without an error; `pending` says how many. */
  lanes: {
    id: 'uuid',
    tenant: 'text',
    flow: 'text',
    key: 'text',
    pending: 'int4',
    /** Whether the caller works on it at once, if it is new: it begins leased. */
    claims: 'bool',
  },
} as const;

/** Who claims lanes that begin leased, and for how long. */
export const fanOutValues = { lane_owner: 'uuid', lane_lease_ms: 'int4' } as const;

/**
 * Parts of a WITH clause. `new_event` has a row for each event that was not there before: require as many as there
 * are in the set, for runs and leaves are stored for all of them. `new_lane` has the lanes; those with `is_claimed`
 * are the caller's by their epoch.
 * Rows are locked in one order everywhere: events by their key, then lanes by their id.
 */
export const storeFanOut = (
  set: Readonly<Record<'events' | 'runs' | 'lanes', string>>,
  value: Readonly<Record<'lane_owner' | 'lane_lease_ms', string>>,
) => `
block as materialized (
  select nextval('onceover.event_seq') as start
),
new_event as (
  insert into onceover.events (tenant, source, id, seq, type, subject, time, data, attributes, is_echo)
  select tenant, source, id, block.start + ordinality, type, subject, time, data, attributes, is_echo
  from ${set.events} cross join block order by tenant, source, id
  on conflict do nothing
  returning 1
),
new_run as (
  insert into onceover.runs (id, tenant, flow, flow_version, lane_id, key, event_seq, upcast, status, isolation, error, finished_at)
  select id, tenant, flow, flow_version, lane_id, key, block.start + runs.event, upcast,
         case when error is null then 'queued' else 'dead_lettered' end, isolation, error,
         case when error is null then 'infinity' else now() end
  from ${set.runs} cross join block
  order by runs.ordinality
),
new_lane as (
  insert into onceover.lanes as lane (id, kind, tenant, flow, key, pending, owner, epoch, ready_at)
  select id, 'run', tenant, flow, key, pending,
         case when claims then ${value.lane_owner} end,
         case when claims then nextval('onceover.lane_epochs') else 0 end,
         case when claims then clock_timestamp() + make_interval(secs => ${value.lane_lease_ms}::double precision / 1000)
           else now() end
  from ${set.lanes} order by id
  on conflict (id) do update set pending = lane.pending + excluded.pending
  -- A row that was there is locked before it is updated, which its xmax tells.
  returning lane.id, lane.epoch, lane.xmax = 0 and lane.owner is not null as is_claimed
)`;

/** A lane that began leased. */
export interface NewLaneRow {
  id: string;
  epoch: number;
}
