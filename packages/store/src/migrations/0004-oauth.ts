import type { Migration } from './migration.ts';

/**
 * What authorisation at vendors needs: what a vendor granted a connection, every token set that it returned, who
 * refreshes now, and the authorisations that are under way. Tokens themselves are secret versions.
 */
export const oauthMigration: Migration = {
  number: 4,
  name: 'oauth',
  breaking: false,
  sql: `
alter table onceover.connections
  -- The owner that the config named last: another owner given since then holds until the config names a new one.
  add column configured_owner text,
  -- Why a mailbox that many read may be the identity.
  add column identity_exception text;
update onceover.connections set configured_owner = responsible where managed_by = 'config';

-- What the vendor granted a connection. One row, whatever happened to it since.
create table onceover.connection_grants (
  connection text primary key references onceover.connections (id),
  tenant text not null,
  registration text not null references onceover.registrations (id),
  kind text not null check (kind in ('authorization_code', 'client_credentials')),
  status text not null check (status in ('authorized', 'needs_reauthorization', 'revoked')),
  -- Why it is not authorized any more.
  reason text,
  -- Where its tokens may be sent, and for which account: as it was when a person gave the grant.
  origin text not null,
  account text,
  -- Declared scopes that were not granted, each with the operations that need it; granted ones that are not declared.
  missing_scopes jsonb not null default '[]',
  excess_scopes text[] not null default '{}',
  -- The token set in use, and the highest one: an answer that came late is kept without being used.
  version integer not null,
  last_version integer not null check (last_version >= version),
  -- By this database's clock. Null: its access token does not expire.
  expires_at timestamptz,
  refresh_at timestamptz,
  -- Who refreshes now. Held while a request is on its way, and never by a lock.
  epoch bigint not null default 0,
  lease_owner uuid,
  lease_until timestamptz,
  -- The token endpoint had trouble: nobody asks before.
  retry_at timestamptz,
  failures integer not null default 0,
  last_failure text,
  authorized_by text not null,
  authorized_at timestamptz not null default now(),
  refreshed_at timestamptz
);

-- Every token set that a vendor returned: the secret version of the same number holds its tokens.
create table onceover.token_sets (
  connection text not null references onceover.connections (id),
  version integer not null,
  tenant text not null,
  -- Made by the runner for one answer, so that the answer is stored once, however often that is tried.
  answer uuid not null unique,
  -- The version whose refresh token gave it, and the lease's epoch; null: an authorisation gave it.
  refreshed_from integer,
  epoch bigint,
  granted_scopes text[],
  received_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  -- The vendor has refused its refresh token.
  refused_at timestamptz,
  primary key (connection, version)
);

-- A person's way through the vendor's consent page. Ticket, state and cookie are kept as digests.
create table onceover.authorizations (
  id uuid primary key,
  tenant text not null,
  connection text not null references onceover.connections (id),
  registration text not null references onceover.registrations (id),
  requested_by text not null,
  requested_scopes text[] not null,
  status text not null default 'waiting' check (status in ('waiting', 'started', 'exchanging', 'authorized', 'failed')),
  ticket_digest bytea not null unique,
  state_digest bytea unique,
  cookie_digest bytea,
  -- Why it failed, for a person.
  failure_code text,
  failure text,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  ended_at timestamptz
);
create index authorizations_by_connection on onceover.authorizations (connection, created_at desc);
`,
};
