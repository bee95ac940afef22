import type { Migration } from './migration.ts';

/**
 * Leaves and their entries. A leaf's body holds the hashes of its entries; salt and payload lie in rows of their own,
 * from which erasure may take them while every hash stays.
 *
 * There is no foreign key from entry to leaf: both are written by one statement, the check would cost a look-up per
 * entry in the hot path, and a leaf's body proves more than a key could.
 */
export const auditLogMigration: Migration = {
  number: 1,
  name: 'audit-log',
  breaking: false,
  sql: `
create table onceover.audit_leaves (
  id uuid primary key,
  -- In order of insertion, not of commit: a reader that follows it has to wait for the transactions in flight.
  sequence bigint generated always as identity unique,
  tenant text not null,
  at timestamptz not null,
  body text not null,
  hash bytea not null check (octet_length(hash) = 32)
);

create table onceover.audit_entries (
  leaf_id uuid not null,
  position integer not null check (position >= 0),
  tenant text not null,
  kind text not null,
  subject text not null,
  -- Both are null after an erasure.
  salt bytea check (octet_length(salt) = 16),
  payload text,
  primary key (leaf_id, position),
  check ((salt is null) = (payload is null))
);
`,
};
