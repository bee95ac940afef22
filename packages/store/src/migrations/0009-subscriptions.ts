import type { Migration } from './migration.ts';

/** Webhook subscriptions that we keep at vendors: what is there, what was asked for, and who speaks with the vendor now. */
export const subscriptionsMigration: Migration = {
  number: 9,
  name: 'subscriptions',
  breaking: false,
  sql: `
-- One for each connection or registration whose hook a vendor calls. Its signing secret is a secret version.
create table onceover.subscriptions (
  owner text primary key references onceover.hook_ids (id),
  tenant text not null,
  -- What the vendor has, as far as we know. Null: nothing.
  vendor_id text,
  url text,
  topics text[],
  made_at timestamptz,
  -- A creation that is under way, or whose answer was lost.
  intended_url text,
  -- Rises when a creation was stored: until then, one that is tried again is the same one.
  generation integer not null default 1,
  -- Who speaks with the vendor about it. Held while a request is on its way, and never by a lock.
  epoch bigint not null default 0,
  lease_owner uuid,
  lease_until timestamptz,
  -- The last look at the vendor's list: when, by which version of the connector, for which URL.
  checked_at timestamptz,
  checked_version text,
  checked_url text,
  -- Nobody looks by himself before.
  next_check_at timestamptz,
  failures integer not null default 0,
  last_failure text
);
`,
};
