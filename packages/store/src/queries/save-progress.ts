import { type BatchRows, defineBatch, type NoValues } from '../batches/define-batch.ts';
import type { Queryable } from '../define-query.ts';
import { auditSets, storeAudit } from './audit-batch.ts';

const effectPlace = { run_id: 'uuid', step_id: 'text', iteration: 'int4', position: 'int4' } as const;

const sets = {
  /** The lanes that the writes belong to, each once; all must still be held by these epochs. */
  lanes: {
    id: 'uuid',
    epoch: 'int8',
    /** How many of its runs these writes finish. */
    finished: 'int4',
    /** Gives the lane back. */
    release: 'bool',
    /** When released with work left: claimable after this time; null: only a person can move it. */
    ready_after_ms: 'int8?',
    /** Claimable at this instant instead. */
    ready_at: 'timestamptz?',
    waiting: 'text?',
  },
  steps: {
    run_id: 'uuid',
    step_id: 'text',
    tenant: 'text',
    position: 'int4',
    kind: 'text',
    input: 'json?',
    output: 'json?',
  },
  outputs: { run_id: 'uuid', step_id: 'text', output: 'json' },
  effects: {
    ...effectPlace,
    tenant: 'text',
    key: 'text',
    step_position: 'int4',
    record: 'json',
    connection: 'text',
    operation: 'text',
    natural_key: 'text',
    guarantee: 'text',
    class: 'text',
    attempts: 'int4',
    outcome: 'text?',
    vendor_id: 'text?',
    error: 'json?',
    call: 'int4',
    last_status: 'int4?',
    /** The call that it carries from now on. */
    write: 'json?',
    reads: 'json?',
    idempotency_key: 'text?',
  },
  outcomes: {
    ...effectPlace,
    attempts: 'int4',
    outcome: 'text?',
    vendor_id: 'text?',
    error: 'json?',
    call: 'int4',
    last_status: 'int4?',
    /** The call that it carries from now on; null leaves what it carries. */
    write: 'json?',
    reads: 'json?',
    idempotency_key: 'text?',
    /** Since when the call that it carries was first, and last, on its way; null leaves what is stored. */
    first_sent_ago_ms: 'int8?',
    last_sent_ago_ms: 'int8?',
    /** The call that it carries is settled. */
    drops_write: 'bool',
  },
  links: { tenant: 'text', connection: 'text', resource: 'text', natural_key: 'text', vendor_id: 'text' },
  runs: {
    tenant: 'text',
    id: 'uuid',
    status: 'text',
    waiting_for: 'text?',
    wake_after_ms: 'int8?',
    /** Goes on at this instant instead. */
    wake_at: 'timestamptz?',
    attempts: 'int4',
    /** How long its present step has been failing; null leaves what is stored. */
    failing_ms: 'int8?',
    error: 'json?',
  },
  ...auditSets,
} as const;

/** What `saveProgress` stores. */
export type ProgressRows = BatchRows<typeof sets>;

const query = defineBatch<typeof sets, NoValues, { id: string | null }>(
  'save-progress',
  sets,
  {},
  ({ set }) => `with held as materialized (
  select lane.id, lane.pending - lanes.finished as pending, lanes.release, lanes.ready_after_ms, lanes.ready_at, lanes.waiting,
    lanes.finished
  from ${set.lanes} join onceover.lanes lane on lane.id = lanes.id and lane.epoch = lanes.epoch
  order by lane.id for no key update of lane
),
idle_lane as (
  delete from onceover.lanes lane using held where lane.id = held.id and held.release and held.pending = 0 and held.waiting is null
),
kept_lane as (
  update onceover.lanes lane
  set pending = held.pending,
      owner = case when held.release then null else lane.owner end,
      waiting = case when held.release then held.waiting else lane.waiting end,
      ready_at = case when not held.release then lane.ready_at
        when held.ready_at is not null then held.ready_at
        when held.ready_after_ms is not null then now() + make_interval(secs => held.ready_after_ms::double precision / 1000)
      end
  from held where lane.id = held.id and (held.release and (held.pending > 0 or held.waiting is not null) or not held.release and held.finished > 0)
),
new_step as (
  insert into onceover.steps (run_id, step_id, tenant, position, kind, input, output)
  select run_id, step_id, tenant, position, kind, input, output from ${set.steps}
),
new_output as (
  update onceover.steps step set output = outputs.output
  from ${set.outputs} where step.run_id = outputs.run_id and step.step_id = outputs.step_id
),
new_effect as (
  insert into onceover.effects (run_id, step_id, iteration, position, tenant, key, step_position, record, connection,
    operation, natural_key, guarantee, class, attempts, outcome, vendor_id, error, call, last_status,
    write, reads, idempotency_key, first_sent_at, last_sent_at)
  select run_id, step_id, iteration, position, tenant, key, step_position, record, connection,
    operation, natural_key, guarantee, class, attempts, outcome, vendor_id, error, call, last_status,
    write, reads, idempotency_key, case when write is not null then now() end, case when write is not null then now() end
  from ${set.effects} order by tenant, key
),
new_outcome as (
  update onceover.effects effect
  set attempts = outcomes.attempts, outcome = outcomes.outcome, vendor_id = outcomes.vendor_id,
      error = outcomes.error, call = outcomes.call, last_status = outcomes.last_status,
      write = case when outcomes.drops_write then null else coalesce(outcomes.write, effect.write) end,
      reads = case when outcomes.drops_write then null else coalesce(outcomes.reads, effect.reads) end,
      idempotency_key = coalesce(outcomes.idempotency_key, effect.idempotency_key),
      first_sent_at = coalesce(now() - make_interval(secs => outcomes.first_sent_ago_ms::double precision / 1000), effect.first_sent_at),
      last_sent_at = coalesce(now() - make_interval(secs => outcomes.last_sent_ago_ms::double precision / 1000), effect.last_sent_at)
  from ${set.outcomes}
  where effect.run_id = outcomes.run_id and effect.step_id = outcomes.step_id
    and effect.iteration = outcomes.iteration and effect.position = outcomes.position
),
new_link as (
  insert into onceover.links as link (tenant, connection, resource, natural_key, vendor_id)
  select tenant, connection, resource, natural_key, vendor_id from ${set.links}
  order by tenant, connection, resource, natural_key
  on conflict (tenant, connection, resource, natural_key)
  do update set vendor_id = excluded.vendor_id, updated_at = now() where link.vendor_id <> excluded.vendor_id
),
changed_run as (
  update onceover.runs run
  set status = runs.status, waiting_for = runs.waiting_for, attempts = runs.attempts, error = runs.error,
      wake_at = coalesce(runs.wake_at, now() + make_interval(secs => runs.wake_after_ms::double precision / 1000)),
      failing_ms = coalesce(runs.failing_ms, run.failing_ms),
      finished_at = case when runs.status = 'waiting' then 'infinity' else now() end
  from ${set.runs} where run.tenant = runs.tenant and run.id = runs.id and run.finished_at = 'infinity'
),
${storeAudit(set)}
select held.id
from (select onceover.require((select count(*) from held) = (select count(*) from ${set.lanes}), 'lane_lost') as ok) guard
left join held on guard.ok and held.release and held.pending > 0`,
);

/**
 * Stores what workers did, for many lanes in one transaction; all or nothing.
 * @returns the lanes that were given back with work left
 * @throws when a lane is no longer held: SQLSTATE OC001 (see `isRefuted`)
 */
export async function saveProgress(db: Queryable, rows: ProgressRows): Promise<string[]> {
  const left = await query.rows(db, { sets: rows });
  return left.flatMap(({ id }) => id ?? []);
}
