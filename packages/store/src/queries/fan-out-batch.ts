import type { RowOf } from '../batches/define-batch.ts';

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
export const claimerValues = { lane_owner: 'uuid', lane_lease_ms: 'int4' } as const;

export const fanOutValues = { ...claimerValues, event_blocks: 'int4' } as const;

/** Numbers in a block of the events' sequence. */
const blockSize = 1000;

/** The values of a fan-out, for a claimer and its rows. */
export function fanOutValuesOf(
  claimer: RowOf<typeof claimerValues>,
  { events = [] }: { events?: readonly unknown[] },
): RowOf<typeof fanOutValues> {
  return { ...claimer, event_blocks: Math.ceil(events.length / blockSize) };
}

/**
 * Parts of a WITH clause. `new_event` has a row for each event that was not there before: require as many as there
 * are in the set, for runs and leaves are stored for all of them. `new_lane` has the lanes; those with `is_claimed`
 * are the caller's by their epoch.
 * Rows are locked in one order everywhere: events by their key, then lanes by their id.
 */
export const storeFanOut = (
  set: Readonly<Record<'events' | 'runs' | 'lanes', string>>,
  value: Readonly<Record<keyof typeof fanOutValues, string>>,
) => `
block as materialized (
  select number, nextval('onceover.event_seq') as start from generate_series(1, ${value.event_blocks}) as block (number)
),
new_event as (
  insert into onceover.events (tenant, source, id, seq, type, subject, time, data, attributes, is_echo)
  select tenant, source, id, block.start + (ordinality - 1) % ${blockSize}, type, subject, time, data, attributes, is_echo
  from ${set.events} join block on block.number = (events.ordinality - 1) / ${blockSize} + 1
  order by tenant, id, source
  on conflict do nothing
  returning 1
),
new_run as (
  insert into onceover.runs (id, tenant, flow, flow_version, lane_id, key, event_seq, upcast, status, isolation, error, finished_at)
  select id, tenant, flow, flow_version, lane_id, key, block.start + (runs.event - 1) % ${blockSize}, upcast,
         case when error is null then 'queued' else 'dead_lettered' end, isolation, error,
         case when error is null then 'infinity' else now() end
  from ${set.runs} join block on block.number = (runs.event - 1) / ${blockSize} + 1
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
