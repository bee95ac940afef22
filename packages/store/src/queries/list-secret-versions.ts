import { defineQuery, type Queryable } from '../define-query.ts';

export type SecretState = 'pending' | 'current' | 'previous' | 'retired';

/** One version of a secret, encrypted. */
export interface SecretVersionRow {
  owner: string;
  field: string;
  version: number;
  tenant: string;
  state: SecretState;
  keyringKey: string;
  wrappedKey: Buffer;
  ciphertext: Buffer;
  digest: Buffer;
  putBy: string;
  createdAt: Date;
}

const columns = `owner, field, version, tenant, state, keyring_key as "keyringKey", wrapped_key as "wrappedKey",
   ciphertext, digest, put_by as "putBy", created_at as "createdAt"`;

const ofField = defineQuery<[owner: string, field: string], SecretVersionRow>(
  'list-secret-versions',
  `select ${columns} from onceover.secret_versions where owner = $1 and field = $2 order by version desc`,
);

const active = defineQuery<[owner: string, field: string], SecretVersionRow>(
  'list-active-secret-versions',
  `select ${columns} from onceover.secret_versions
   where owner = $1 and field = $2 and state in ('current', 'previous')
   order by state = 'current' desc, version desc`,
);

const accepted = defineQuery<[owner: string, field: string], SecretVersionRow>(
  'list-accepted-secret-versions',
  `select ${columns} from onceover.secret_versions
   where owner = $1 and field = $2 and state <> 'retired'
   order by case state when 'current' then 1 when 'pending' then 2 else 3 end, version desc`,
);

/** Every version of one secret, the newest first. */
export async function listSecretVersions(
  db: Queryable,
  { owner, field }: { owner: string; field: string },
): Promise<SecretVersionRow[]> {
  return ofField.rows(db, [owner, field]);
}

/** The versions that hold now: the current one, then the previous ones. */
export async function listActiveSecretVersions(
  db: Queryable,
  { owner, field }: { owner: string; field: string },
): Promise<SecretVersionRow[]> {
  return active.rows(db, [owner, field]);
}

/** The versions that the vendor may use: the current one, then a pending one, then the previous ones. */
export async function listAcceptedSecretVersions(
  db: Queryable,
  { owner, field }: { owner: string; field: string },
): Promise<SecretVersionRow[]> {
  return accepted.rows(db, [owner, field]);
}
