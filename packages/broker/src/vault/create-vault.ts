import { createHmac } from 'node:crypto';
import {
  findSecretVersion,
  insertSecretVersion,
  listAcceptedSecretVersions,
  listSecretVersions,
  lockHookId,
  type Queryable,
  type SecretState,
  type SecretVersionRow,
  setSecretState,
  type Store,
  withTransaction,
} from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import { createExpiringCache } from '../expiring-cache.ts';
import { isKeyMissing, type Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { lengthPrefixed } from './length-prefixed.ts';
import { openSecret, sealSecret } from './seal-secret.ts';
import type { SecretOwner } from './secret-place.ts';

/** One version of a secret, without its value. */
export interface SecretVersion {
  field: string;
  version: number;
  state: SecretState;
  /** `config`, or what else stored it. */
  putBy: string;
  createdAt: Date;
}

/** What a rotation stored. */
export const putByRotation = 'rotation';

/** What a vendor told of a subscription that we keep there: it signs with that, whatever else we are given. */
export const putBySubscription = 'subscription';

export interface AcceptedSecret {
  version: number;
  state: Exclude<SecretState, 'retired'>;
  secret: Secret;
}

interface ReadSecrets {
  accepted: readonly AcceptedSecret[];
  /** Those of them that hold. */
  held: readonly Secret[];
}

export interface Vault {
  /**
   * Stores a new version. `current` moves the version that was current to `previous`, and an earlier previous one to
   * `retired`; `pending` waits for its rotation.
   */
  put(
    owner: SecretOwner,
    field: string,
    secret: Secret,
    options: { putBy: string; state?: 'current' | 'pending' },
  ): Promise<SecretVersion>;
  /** The secrets that hold now: the current one first, then the previous ones. May be a few seconds old. */
  get(owner: SecretOwner, field: string): Promise<readonly Secret[]>;
  /**
   * The secrets that the vendor may use already or still: the current one, a pending one, the previous ones. May be a
   * few seconds old.
   */
  accepted(owner: SecretOwner, field: string): Promise<readonly AcceptedSecret[]>;
  /** The version that holds this very value; undefined when none does. */
  match(db: Queryable, owner: SecretOwner, field: string, secret: Secret): Promise<SecretVersion | undefined>;
  /**
   * Stores a version under a number of the caller's, within its transaction: for secrets whose versions are counted
   * elsewhere. A `current` one needs its place to be free.
   */
  insert(
    db: Queryable,
    owner: SecretOwner,
    field: string,
    secret: Secret,
    options: { version: number; state: SecretState; putBy: string },
  ): Promise<void>;
  /** One version, whatever its state; undefined when there is none. Always read anew. */
  open(owner: SecretOwner, field: string, version: number): Promise<Secret | undefined>;
  /** Every version, the newest first. */
  versions(owner: SecretOwner, field: string): Promise<readonly SecretVersion[]>;
  /**
   * Makes exactly these the secrets that hold, within a transaction that holds the owner's lock: the first is
   * current, the others previous. Only what `putBy` stored is touched; what a rotation has put in the place of one of
   * them stays, until `putBy` brings a new one, and a subscription's own secret holds beside them. False when nothing
   * had to change.
   */
  replace(
    db: Queryable,
    owner: SecretOwner,
    field: string,
    secrets: readonly Secret[],
    putBy: string,
  ): Promise<boolean>;
  /** Forgets what was read, so that a change shows at once in this process. */
  forgetRead(): void;
}

export function createVault(options: {
  store: Store;
  keyring: Keyring;
  /** Keys the digests by which an unchanged secret is told. */
  digestKey: Buffer;
  clock: Clock;
  ttlMs: number;
}): Vault {
  const { store, keyring, digestKey, clock, ttlMs } = options;
  const read = createExpiringCache<ReadSecrets>({ clock, ttlMs, maxEntries: 10_000 });

  const digestOf = (owner: SecretOwner, field: string, secret: Secret) =>
    createHmac('sha256', digestKey)
      .update(lengthPrefixed([owner.kind, owner.tenant, owner.id, owner.connector, field, secret.reveal()]))
      .digest();

  const opened = async (
    owner: SecretOwner,
    row: Pick<SecretVersionRow, 'field' | 'version' | 'keyringKey' | 'wrappedKey' | 'ciphertext'>,
  ): Promise<Secret> => {
    const { field, version } = row;
    // The place is the caller's, not the row's: a row moved to another owner does not open.
    const place = { ...owner, field, version };
    try {
      return openSecret(keyring, place, row);
    } catch (error) {
      // Another runner may wrap with a key that was added since this one read the keyring.
      if (!isKeyMissing(error) || !(await keyring.refresh())) throw error;
      return openSecret(keyring, place, row);
    }
  };

  const insert = async (
    db: Queryable,
    owner: SecretOwner,
    field: string,
    secret: Secret,
    { version, state, putBy }: Pick<SecretVersionRow, 'version' | 'state' | 'putBy'>,
  ): Promise<void> =>
    insertSecretVersion(db, {
      owner: owner.id,
      tenant: owner.tenant,
      field,
      version,
      state,
      putBy,
      digest: digestOf(owner, field, secret),
      ...sealSecret(keyring, { ...owner, field, version }, secret),
    });

  const readOnce = (owner: SecretOwner, field: string): Promise<ReadSecrets> =>
    read.get(`${owner.tenant}\n${owner.id}\n${field}`, async () => {
      const rows = await listAcceptedSecretVersions(store, { owner: owner.id, field });
      const accepted = await Promise.all(
        rows.map(async (row) => ({
          version: row.version,
          // Retired ones are not listed.
          state: row.state as AcceptedSecret['state'],
          secret: await opened(owner, { ...row, field }),
        })),
      );
      const held = accepted.flatMap(({ state, secret }) => (state === 'pending' ? [] : [secret]));
      return { accepted, held };
    });

  const vault: Vault = {
    async put(owner, field, secret, { putBy, state = 'current' }) {
      const version = await withTransaction(store, async (db) => {
        await lockHookId(db, owner.id);
        const all = await listSecretVersions(db, { owner: owner.id, field });
        if (state === 'current') await demote(db, all);
        const next = (all[0]?.version ?? 0) + 1;
        await insert(db, owner, field, secret, { version: next, state, putBy });
        const subject = `${owner.kind}s/${owner.id}`;
        const payload = { field, version: next, state, putBy };
        await writeChanges(db, [{ tenant: owner.tenant, kind: 'secret-stored', subject, payload }], clock);
        return next;
      });
      vault.forgetRead();
      return { field, version, state, putBy, createdAt: clock.now() };
    },

    get: async (owner, field) => (await readOnce(owner, field)).held,

    accepted: async (owner, field) => (await readOnce(owner, field)).accepted,

    async match(db, owner, field, secret) {
      const digest = digestOf(owner, field, secret);
      const rows = await listSecretVersions(db, { owner: owner.id, field });
      const row = rows.find((one) => one.digest.equals(digest));
      return row && shown(row);
    },

    insert,

    async open(owner, field, version) {
      const row = await findSecretVersion(store, { owner: owner.id, field, version });
      return row && opened(owner, { ...row, field, version });
    },

    async versions(owner, field) {
      const rows = await listSecretVersions(store, { owner: owner.id, field });
      return rows.map(shown);
    },

    async replace(db, owner, field, secrets, putBy) {
      const all = await listSecretVersions(db, { owner: owner.id, field });
      const own = all.filter((row) => row.putBy === putBy);
      const wanted = secrets.map((secret) => ({ secret, digest: digestOf(owner, field, secret) }));
      const active = own.filter(({ state }) => state === 'current' || state === 'previous');
      const current = active.find(({ state }) => state === 'current');
      const isSame =
        active.length === wanted.length &&
        wanted.every(({ digest }, index) =>
          index === 0
            ? current?.digest.equals(digest) === true
            : active.some((row) => row.state === 'previous' && row.digest.equals(digest)),
        );
      if (isSame || isOutdated(all, own, wanted)) return false;
      // A current one from elsewhere gives way too: there is one current version.
      const others = all.filter((row) => row.state !== 'retired' && !own.includes(row));
      const isOfSubscription = (row: SecretVersionRow) => row.putBy === putBySubscription;
      // Where its own goes and nothing comes, what was to take its place has none.
      const held =
        wanted.length > 0
          ? others.filter(({ state }) => state === 'current')
          : current === undefined
            ? []
            : others;
      for (const row of [...active, ...held.filter((row) => !active.includes(row))]) {
        const state = isOfSubscription(row) ? 'previous' : 'retired';
        await setSecretState(db, { owner: owner.id, field, version: row.version, state });
      }
      let next = (all[0]?.version ?? 0) + 1;
      for (const [index, { secret, digest }] of wanted.entries()) {
        const state = index === 0 ? 'current' : 'previous';
        const known = own.find((row) => row.digest.equals(digest));
        if (known === undefined) {
          await insert(db, owner, field, secret, { version: next, state, putBy });
          next += 1;
        } else {
          await setSecretState(db, { owner: owner.id, field, version: known.version, state });
        }
      }
      return true;
    },

    forgetRead: () => read.clear(),
  };
  return vault;
}

/** All that is wanted was there before, and a rotation has gone on from it. */
function isOutdated(
  all: readonly SecretVersionRow[],
  own: readonly SecretVersionRow[],
  wanted: readonly { digest: Buffer }[],
): boolean {
  const current = all.find(({ state }) => state === 'current');
  return (
    wanted.length > 0 &&
    current?.putBy === putByRotation &&
    wanted.every(({ digest }) => own.some((row) => row.digest.equals(digest)))
  );
}

function shown({ field, version, state, putBy, createdAt }: SecretVersionRow): SecretVersion {
  return { field, version, state, putBy, createdAt };
}

async function demote(db: Queryable, rows: readonly SecretVersionRow[]): Promise<void> {
  for (const { owner, field, version, state } of rows) {
    if (state === 'previous') await setSecretState(db, { owner, field, version, state: 'retired' });
  }
  for (const { owner, field, version, state } of rows) {
    if (state === 'current') await setSecretState(db, { owner, field, version, state: 'previous' });
  }
}
