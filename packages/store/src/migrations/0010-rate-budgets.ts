import type { Migration } from './migration.ts';

/** What runners share about how fast a vendor may be called, and whether it may be called at all just now. */
export const rateBudgetsMigration: Migration = {
  number: 10,
  name: 'rate-budgets',
  breaking: false,
  sql: `
alter table onceover.connections
  -- What part of its connector's declared limits it may use, by the config. Null: the config does not say.
  add column rate_scale double precision check (rate_scale > 0);

-- What of a vendor's limit is in use. Owner: a connection or a registration, which share one namespace.
create table onceover.rate_budgets (
  owner text not null references onceover.hook_ids (id),
  budget text not null,
  tenant text not null,
  -- Requests by the end of the time in which they may leave, in milliseconds since 1970 by this database's clock:
  -- {"1795514400000": 11}. They count for one window longer.
  slots jsonb not null default '{}',
  primary key (owner, budget)
) with (fillfactor = 50);

-- What holds a connection's calls back: what its vendor asked for, or a breaker that is open.
create table onceover.call_gates (
  -- Or a registration, for calls with its own credential.
  connection text not null references onceover.hook_ids (id),
  -- Which calls: the name of a budget; empty for all of them. A breaker holds all.
  calls text not null default '',
  tenant text not null,
  paused_until timestamptz,
  pause_code text,
  -- Null while the breaker is closed; then nothing goes out before, and one probe after it.
  open_until timestamptz,
  -- How often it opened in a row.
  openings integer not null default 0,
  probe_owner uuid,
  probe_until timestamptz,
  primary key (connection, calls)
);
`,
};
