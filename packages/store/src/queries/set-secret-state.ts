import { defineQuery, type Queryable } from '../define-query.ts';
import type { SecretState } from './list-secret-versions.ts';

const query = defineQuery<[owner: string, field: string, version: number, state: string]>(
  'set-secret-state',
  `update onceover.secret_versions set state = $4, changed_at = now()
   where owner = $1 and field = $2 and version = $3 and state <> $4`,
);

/** Moves one version to another state. @throws SQLSTATE 23505 when another version is current or pending already */
export async function setSecretState(
  db: Queryable,
  { owner, field, version, state }: { owner: string; field: string; version: number; state: SecretState },
): Promise<void> {
  await query.count(db, [owner, field, version, state]);
}
