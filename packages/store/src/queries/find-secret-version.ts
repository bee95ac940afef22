import { defineQuery, type Queryable } from '../define-query.ts';
import type { SecretVersionRow } from './list-secret-versions.ts';

const query = defineQuery<[owner: string, field: string, version: number], SecretVersionRow>(
  'find-secret-version',
  `select owner, field, version, tenant, state, keyring_key as "keyringKey", wrapped_key as "wrappedKey",
     ciphertext, digest, put_by as "putBy", created_at as "createdAt"
   from onceover.secret_versions where owner = $1 and field = $2 and version = $3`,
);

/** One version of a secret, whatever its state. */
export async function findSecretVersion(
  db: Queryable,
  { owner, field, version }: { owner: string; field: string; version: number },
): Promise<SecretVersionRow | undefined> {
  return query.maybeOne(db, [owner, field, version]);
}
