import type { Migration } from './migration.ts';

/**
 * What the runtime keeps: deliveries and their items, events, lanes, runs with their steps, effects and calls,
 * quarantine, counters.
 *
 * There are no foreign keys among these tables: the rows that belong together are written by one statement, and a
 * check for each row would cost more than the row.
 */
export const runtimeMigration: Migration = {
  number: 3,
  name: 'runtime',
  breaking: false,
  sql: `
-- Ends a statement, and so its transaction, when what it assumed does not hold any more.
create function onceover.require(condition boolean, what text) returns boolean
language plpgsql as $$
begin
  if condition is not true then
    raise exception '%', what using errcode = 'OC001';
  end if;
  return true;
end
$$;

-- Raw deliveries, only ever added. The id is a digest of hook and body: a delivery is stored once.
create table onceover.deliveries (
  id uuid primary key,
  -- '*' where a registration's delivery may belong to several tenants.
  tenant text not null,
  hook_id text not null,
  trigger text not null,
  -- The headers that the trigger's manifest names.
  headers json not null,
  body bytea not null,
  received_at timestamptz not null default now()
) with (toast_tuple_target = 8160);

-- Deliveries whose items were not read yet, in order of arrival per hook.
create table onceover.delivery_queue (
  hook_id text not null,
  seq bigint generated always as identity,
  tenant text not null,
  delivery_id uuid not null,
  primary key (hook_id, seq)
);

-- Tables that rows pass through quickly: without frequent vacuums their indexes begin with a desert of dead entries.
alter table onceover.delivery_queue set (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = -1);

-- Who reads a hook's deliveries: one runner at a time, so that their order holds.
create table onceover.hook_leases (
  hook_id text primary key,
  tenant text not null,
  owner uuid not null,
  epoch bigint not null,
  lease_until timestamptz not null
);

-- Entries of deliveries. Connection ids are unique in the environment; an item that no connection claims stands
-- under its registration's id, with tenant '*'.
create table onceover.items (
  connection text not null,
  trigger text not null,
  key text not null,
  seq bigint generated always as identity,
  tenant text not null,
  record_key text not null,
  delivery_id uuid not null,
  position integer not null,
  status text not null check (status in ('pending', 'done', 'echo', 'set_aside', 'quarantined', 'dead')),
  is_echo boolean not null,
  -- Kept while something is left to do with it; the delivery has it, too.
  item json,
  lane_id uuid,
  attempts integer not null default 0,
  error json,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (connection, trigger, key)
);
create index items_by_lane on onceover.items (lane_id, seq) where status = 'pending';

-- Each transaction takes blocks of a thousand numbers and counts its events within them.
create sequence onceover.event_seq increment by 1000;
create table onceover.events (
  tenant text not null,
  source text not null,
  id text not null,
  -- Given out by the statement that also makes the event's runs.
  seq bigint not null,
  type text not null,
  subject text,
  time timestamptz not null,
  data json not null,
  -- Further CloudEvents attributes.
  attributes json,
  is_echo boolean not null default false,
  recorded_at timestamptz not null default now(),
  -- In this order, an id alone finds its few events, too.
  primary key (tenant, id, source)
) with (toast_tuple_target = 8160);
create unique index events_by_seq on onceover.events (tenant, seq);

-- Fencing tokens: no two claims ever get the same one.
create sequence onceover.lane_epochs;

-- The order of work that shares (tenant, flow, key); a lane without work has no row.
create table onceover.lanes (
  -- A digest of kind, tenant, flow and key.
  id uuid primary key,
  kind text not null check (kind in ('run', 'item')),
  tenant text not null,
  flow text not null,
  key text not null,
  pending integer not null check (pending >= 0),
  -- When it may be claimed: the lease's end while it is leased; null while only a person can move it.
  ready_at timestamptz,
  owner uuid,
  epoch bigint not null default 0,
  -- What its head waits for.
  waiting text check (waiting in ('retry', 'timer', 'outcome', 'held', 'flow'))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create index lanes_by_readiness on onceover.lanes (kind, ready_at) where ready_at is not null;

create sequence onceover.run_seq;
create table onceover.runs (
  id uuid not null,
  -- The order in its lane.
  seq bigint not null default nextval('onceover.run_seq'),
  tenant text not null,
  flow text not null,
  flow_version integer not null,
  lane_id uuid not null,
  key text not null,
  event_seq bigint not null,
  -- Type and data for this flow, where an upcast changed them.
  upcast json,
  status text not null check (status in ('queued', 'waiting', 'succeeded', 'dead_lettered', 'discarded')),
  waiting_for text check (waiting_for in ('retry', 'approval', 'outcome', 'timer')),
  wake_at timestamptz,
  attempts integer not null default 0,
  -- How long its present step has been failing, by the pauses between its attempts: no timer and no runner's absence.
  failing_ms bigint not null default 0,
  isolation text not null,
  error json,
  created_at timestamptz not null default now(),
  -- 'infinity' while it is not finished.
  finished_at timestamptz not null default 'infinity',
  -- Also the order of a tenant's list.
  primary key (tenant, id, finished_at)
) partition by range (finished_at);
create table onceover.runs_active partition of onceover.runs for values from ('infinity') to (maxvalue)
  with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create table onceover.runs_other partition of onceover.runs default;
create index runs_by_lane on onceover.runs_active (lane_id, seq);
create index runs_by_event on onceover.runs (event_seq);
-- The few that ended badly, among the many that did not.
create index runs_stopped on onceover.runs (tenant, id) where status in ('dead_lettered', 'discarded');

-- Finished runs lie in a partition for each day, made ahead: a day that already has rows cannot get one.
create function onceover.create_run_partitions(days integer) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  day date;
  made integer := 0;
begin
  for day in select d::date from pg_catalog.generate_series(
      (pg_catalog.now() at time zone 'UTC')::date, (pg_catalog.now() at time zone 'UTC')::date + days, interval '1 day') d
  loop
    continue when pg_catalog.to_regclass('onceover.runs_' || pg_catalog.to_char(day, 'YYYYMMDD')) is not null;
    begin
      execute pg_catalog.format(
        'create table onceover.%I partition of onceover.runs for values from (%L) to (%L)',
        'runs_' || pg_catalog.to_char(day, 'YYYYMMDD'),
        pg_catalog.to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00', pg_catalog.to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00');
      made := made + 1;
    exception when check_violation or duplicate_table then
      null;
    end;
  end loop;
  return made;
end
$$;
select onceover.create_run_partitions(7);

-- What a step asks for, stored before its first call. A write's is told by its effects; it has a row here only when
-- they cannot tell it, because an iteration has no records.
create table onceover.steps (
  run_id uuid not null,
  step_id text not null,
  tenant text not null,
  position integer not null,
  kind text not null check (kind in ('read', 'write', 'wait', 'emit', 'skipped')),
  -- A write's and a read's iterations, a wait's instant, an emitted event's data.
  input json,
  -- Of a read, wait or emit.
  output json,
  created_at timestamptz not null default now(),
  primary key (run_id, step_id)
) with (toast_tuple_target = 8160);

-- One record's write. The first effect of a call carries the call: the rendered write, stored before it is sent, so that
-- the same bytes go again while nobody knows their outcome; it is dropped when each of the call's effects has one.
create table onceover.effects (
  run_id uuid not null,
  step_id text not null,
  iteration integer not null,
  position integer not null,
  tenant text not null,
  key text not null,
  step_position integer not null,
  record json not null,
  connection text not null,
  operation text not null,
  natural_key text not null,
  guarantee text not null,
  class text not null check (class in ('A', 'B', 'C')),
  revision integer not null default 0,
  attempts integer not null,
  outcome text check (outcome in ('created', 'updated', 'unchanged', 'failed', 'outcome_unknown')),
  vendor_id text,
  error json,
  -- The number of the call that carries it; 0 before there is one.
  call integer not null,
  write json,
  reads json,
  -- The idempotency key of a call of several effects; an only effect's is its own key.
  idempotency_key text,
  -- What the call's last sending met: null nothing, 0 it was not sent, else the answer's status where it told no outcome.
  last_status integer,
  -- A key's life is measured from the first sending, a search's lag from the last.
  first_sent_at timestamptz,
  last_sent_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (run_id, step_id, iteration, position)
) with (fillfactor = 60, toast_tuple_target = 8160);
create unique index effects_by_key on onceover.effects (tenant, key);
create index effects_by_idempotency_key on onceover.effects (tenant, idempotency_key) where idempotency_key is not null;

-- What failed its checks, with the place and the value.
create table onceover.quarantine (
  id uuid not null,
  tenant text not null,
  kind text not null check (kind in ('delivery', 'item', 'event')),
  hook_id text,
  connection text,
  trigger text,
  delivery_id uuid,
  item_key text,
  event_type text,
  code text not null,
  detail text not null,
  path text,
  value json,
  data json,
  status text not null default 'held' check (status in ('held', 'released', 'discarded')),
  created_at timestamptz not null default now(),
  primary key (tenant, id)
);

create table onceover.counters (
  tenant text not null,
  name text not null,
  label text not null,
  value bigint not null,
  primary key (tenant, name, label)
);
`,
};
