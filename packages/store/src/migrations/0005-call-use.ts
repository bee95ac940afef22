import type { Migration } from './migration.ts';

/** Which calls operations really made, and which they were refused: what the scope table is made of. */
export const callUseMigration: Migration = {
  number: 5,
  name: 'call-use',
  breaking: false,
  sql: `
create table onceover.call_use (
  tenant text not null,
  connection text not null,
  connector text not null,
  connector_version text not null,
  operation text not null,
  -- The manifest's call; of a refused one its method and path, cut.
  call text not null,
  -- Why it was refused; empty when it went out.
  refusal text not null,
  count bigint not null check (count > 0),
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  primary key (connector, tenant, connection, connector_version, operation, call, refusal)
);
`,
};
