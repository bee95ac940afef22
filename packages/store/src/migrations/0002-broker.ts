import type { Migration } from './migration.ts';

/**
 * What the broker keeps: registrations and connections, the vault's secret versions, the database's own keys, and
 * links between natural keys and vendor ids.
 *
 * Links carry no foreign key: they are written in the statement that stores outcomes, where a check per row would
 * cost more than a link to a connection that is gone.
 */
export const brokerMigration: Migration = {
  number: 2,
  name: 'broker',
  breaking: false,
  sql: `
-- Registrations and connections share one namespace, because a webhook's path names either.
create table onceover.hook_ids (
  id text primary key check (id ~ '^[a-z0-9-]{1,64}$'),
  tenant text not null,
  owner text not null check (owner in ('registration', 'connection')),
  unique (id, owner, tenant)
);

create table onceover.registrations (
  id text primary key,
  owner text not null generated always as ('registration') stored,
  tenant text not null,
  connector text not null,
  client_id text,
  app_id text,
  -- Development only: replaces scheme, host and port of every URL of the connector.
  origin text,
  managed_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  removed_at timestamptz,
  foreign key (id, owner, tenant) references onceover.hook_ids (id, owner, tenant)
);

create table onceover.connections (
  id text primary key,
  owner text not null generated always as ('connection') stored,
  tenant text not null,
  connector text not null,
  -- A pinned version of the connector; null follows the one that is loaded.
  connector_version text,
  registration text references onceover.registrations (id),
  account text,
  variables jsonb not null default '{}',
  -- Who answers for it, and the service account it acts as at the vendor.
  responsible text not null,
  identity text,
  origin text,
  -- Null: the vendor has not told.
  granted_scopes text[],
  managed_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  removed_at timestamptz,
  foreign key (id, owner, tenant) references onceover.hook_ids (id, owner, tenant)
);
-- An item of a registration's delivery is routed by its account: two connections of one account would be a guess.
create unique index connections_by_account on onceover.connections (registration, account)
  where registration is not null and account is not null and removed_at is null;

create table onceover.secret_versions (
  owner text not null references onceover.hook_ids (id),
  field text not null,
  version integer not null check (version > 0),
  tenant text not null,
  state text not null check (state in ('pending', 'current', 'previous', 'retired')),
  -- Which key of the keyring wraps the data key.
  keyring_key text not null,
  wrapped_key bytea not null,
  ciphertext bytea not null,
  -- A keyed digest of the value: tells whether a config's secret has changed, and nothing else.
  digest bytea not null,
  put_by text not null,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  primary key (owner, field, version)
);
create unique index secret_versions_one_current on onceover.secret_versions (owner, field) where state = 'current';
create unique index secret_versions_one_pending on onceover.secret_versions (owner, field) where state = 'pending';

-- Keys made once per database and never rotated, wrapped by the keyring.
create table onceover.database_keys (
  name text primary key,
  tenant text not null default 'default',
  keyring_key text not null,
  wrapped_key bytea not null,
  created_at timestamptz not null default now()
);

create table onceover.links (
  tenant text not null,
  connection text not null,
  resource text not null,
  natural_key text not null,
  vendor_id text not null,
  updated_at timestamptz not null default now(),
  primary key (tenant, connection, resource, natural_key)
);
`,
};
