import type { Migration } from './migration.ts';

/** Which key of the keyring is the newest that this database has seen, and look-ups by key for wrapping anew. */
export const keyringMigration: Migration = {
  number: 6,
  name: 'keyring',
  breaking: false,
  sql: `
-- A keyring without this key is an old copy: what it would wrap, nobody could open who has the newer one alone.
create table onceover.keyring_floor (
  only_row boolean primary key default true check (only_row),
  tenant text not null default 'default',
  keyring_key text not null,
  -- When the key was made, by the keyring.
  key_created_at timestamptz not null,
  raised_at timestamptz not null default now()
);
create index secret_versions_by_keyring_key on onceover.secret_versions (keyring_key);
`,
};
