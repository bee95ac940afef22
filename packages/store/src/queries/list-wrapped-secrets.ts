import { defineQuery, type Queryable } from '../define-query.ts';

/** A secret version's wrapped data key, and everything that it is bound to. */
export interface WrappedSecretRow {
  kind: 'connection' | 'registration';
  id: string;
  tenant: string;
  connector: string;
  field: string;
  version: number;
  keyringKey: string;
  wrappedKey: Buffer;
}

/** The place of a secret version; the first is after `{ id: '', field: '', version: 0 }`. */
export type SecretVersionPlace = Pick<WrappedSecretRow, 'id' | 'field' | 'version'>;

const query = defineQuery<
  [newestKey: string, id: string, field: string, version: number, limit: number],
  WrappedSecretRow
>(
  'list-wrapped-secrets',
  `select hook.owner as kind, hook.id, hook.tenant, coalesce(connection.connector, registration.connector) as connector,
     secret.field, secret.version, secret.keyring_key as "keyringKey", secret.wrapped_key as "wrappedKey"
   from onceover.secret_versions secret
   join onceover.hook_ids hook on hook.id = secret.owner
   left join onceover.connections connection on connection.id = hook.id and hook.owner = 'connection'
   left join onceover.registrations registration on registration.id = hook.id and hook.owner = 'registration'
   where secret.keyring_key <> $1 and (secret.owner, secret.field, secret.version) > ($2, $3, $4)
   order by secret.owner, secret.field, secret.version limit $5`,
);

/** The next secret versions that another key than the newest wraps, in the order of their places. */
export function listWrappedSecrets(
  db: Queryable,
  next: { newestKey: string; after: SecretVersionPlace; limit: number },
): Promise<WrappedSecretRow[]> {
  const { id, field, version } = next.after;
  return query.rows(db, [next.newestKey, id, field, version, next.limit]);
}
