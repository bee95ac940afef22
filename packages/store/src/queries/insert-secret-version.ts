import { defineQuery, type Queryable } from '../define-query.ts';
import type { SecretVersionRow } from './list-secret-versions.ts';

const query = defineQuery<
  [
    owner: string,
    field: string,
    version: number,
    tenant: string,
    state: string,
    keyringKey: string,
    wrappedKey: Buffer,
    ciphertext: Buffer,
    digest: Buffer,
    putBy: string,
  ]
>(
  'insert-secret-version',
  `insert into onceover.secret_versions
     (owner, field, version, tenant, state, keyring_key, wrapped_key, ciphertext, digest, put_by)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);

/** @throws SQLSTATE 23505 when the version exists, or another version is current or pending already */
export async function insertSecretVersion(
  db: Queryable,
  row: Omit<SecretVersionRow, 'createdAt'>,
): Promise<void> {
  await query.count(db, [
    row.owner,
    row.field,
    row.version,
    row.tenant,
    row.state,
    row.keyringKey,
    row.wrappedKey,
    row.ciphertext,
    row.digest,
    row.putBy,
  ]);
}
