import type { Migration } from './migration.ts';

/**
 * Rotations of secrets: how far each has come, who does its next step, and what it waits for. The secrets themselves
 * are secret versions.
 */
export const rotationMigration: Migration = {
  number: 8,
  name: 'rotation',
  breaking: false,
  sql: `
create table onceover.secret_rotations (
  id uuid primary key,
  owner text not null references onceover.hook_ids (id),
  tenant text not null,
  field text not null,
  -- The version that it makes, and the one that this takes the place of; null: there was none.
  version integer not null check (version > 0),
  replaces integer,
  issuer text not null check (issuer in ('runtime', 'vendor', 'person')),
  -- What is done next; null when it is over.
  step text check (step in ('create', 'set', 'test', 'finish', 'revoke')),
  -- A person who gives the new secret, or a delivery that is signed with it.
  waiting_for text check (waiting_for in ('person', 'delivery')),
  due_at timestamptz,
  seen_at timestamptz,
  -- The label that the vendor's side gets, and the vendor's own id of the new secret.
  reference text not null,
  vendor_secret_id text,
  reason text not null check (reason in ('asked', 'age', 'compromised')),
  asked_by text not null,
  overlap_seconds integer not null check (overlap_seconds >= 0),
  revoke_at timestamptz,
  -- Who does the step now. Held while a vendor is asked, and never by a lock.
  epoch bigint not null default 0,
  lease_owner uuid,
  lease_until timestamptz,
  -- The last attempt failed: nobody tries again before.
  retry_at timestamptz,
  failures integer not null default 0,
  last_failure text,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  ended_at timestamptz,
  outcome text check (outcome in ('rotated', 'failed')),
  -- A use of the old secret has failed; null: nothing can prove it.
  proven boolean,
  detail text,
  unique (owner, field, version),
  check ((step is null) = (ended_at is not null) and (ended_at is null) = (outcome is null))
);
-- Until its secret is in use a rotation is the only one; what waits to be revoked holds up nobody.
create unique index secret_rotations_one_open on onceover.secret_rotations (owner, field)
  where step in ('create', 'set', 'test', 'finish');
create index secret_rotations_unfinished on onceover.secret_rotations (tenant, owner) where step is not null;

-- With secret_versions_one_current: exactly one. Looked at when the transaction ends, so that versions can change places.
create function onceover.require_current_secret() returns trigger language plpgsql as $$
begin
  if exists (select from onceover.secret_versions
      where owner = old.owner and field = old.field and state in ('previous', 'pending'))
    and not exists (select from onceover.secret_versions
      where owner = old.owner and field = old.field and state = 'current') then
    raise exception 'the secret % of % would have no current version', old.field, old.owner
      using errcode = 'check_violation', constraint = 'secret_versions_keep_current';
  end if;
  return null;
end $$;
create constraint trigger secret_versions_keep_current
  after update of state or delete on onceover.secret_versions
  deferrable initially deferred for each row when (old.state = 'current')
  execute function onceover.require_current_secret();
`,
};
