import type { Migration } from './migration.ts';

/** Every version of a connector that a runner has loaded, with what it declares and whether it may be used. */
export const connectorVersionsMigration: Migration = {
  number: 7,
  name: 'connector-versions',
  breaking: false,
  sql: `
create table onceover.connector_versions (
  connector text not null,
  version text not null,
  tenant text not null default 'default',
  -- Hex SHA-256 over its built files.
  integrity text not null,
  manifest json not null,
  state text not null check (state in ('held', 'released')),
  -- Why it is what it is, and who said so.
  reason text not null,
  decided_by text not null,
  decided_at timestamptz not null default clock_timestamp(),
  first_seen_at timestamptz not null default now(),
  primary key (connector, version)
);
`,
};
