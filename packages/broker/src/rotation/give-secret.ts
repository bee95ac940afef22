import { ConflictError, type SecretFact, ValidationError } from '@onceover/contract';
import { findOpenRotation, listSecretVersions, type Queryable, type RotationRow } from '@onceover/store';
import type { Secret } from '../secret.ts';
import { putByRotation } from '../vault/create-vault.ts';
import { save } from './advance-rotation.ts';
import { labelOfVersion } from './rotation-label.ts';
import type { RotationPorts } from './rotation-ports.ts';
import type { SecretHolder } from './secret-holder.ts';
import { dropPending } from './test-step.ts';

/**
 * A person gives the new secret that a rotation waits for. While no delivery was signed with it, it may be another one
 * after all.
 * @throws {ConflictError} `no_rotation_waits`, `secret_known`
 * @throws {ValidationError} `secret_invalid`
 */
export async function giveSecret(
  holder: SecretHolder,
  fact: SecretFact,
  secret: Secret,
  ports: RotationPorts,
): Promise<void> {
  const { secrets } = holder;
  checkSecret(secret);
  const place = { owner: secrets.id, field: fact.name };
  const row = requireWaiting(await findOpenRotation(ports.store, place), fact);
  await save(
    { row, holder },
    {
      change: { step: 'test' },
      kind: 'rotation-created',
      payload: { issuer: row.issuer, vendorSecretId: null },
      async within(db) {
        // Under the lock: another person may have given one meanwhile.
        const now = requireWaiting(await findOpenRotation(db, place), fact);
        await requireNew(db, { holder, fact, secret }, ports);
        await dropPending(db, now);
        const version = await freeVersion(db, now);
        const options = { version, state: 'pending', putBy: putByRotation } as const;
        await ports.vault.insert(db, secrets, fact.name, secret, options);
        return { version, reference: labelOfVersion(ports.labelOf, secrets, fact.name, version) };
      },
    },
    ports,
  );
}

/** @throws {ConflictError} `no_rotation_waits` */
export function requirePersons({ name, issuer }: SecretFact): void {
  if (issuer === 'person') return;
  throw new ConflictError(`Nobody gives a new ${name}: its issuer is the ${issuer}. Rotate it without one.`, {
    code: 'no_rotation_waits',
  });
}

function requireWaiting(row: RotationRow | undefined, { name }: SecretFact): RotationRow {
  if (row?.issuer === 'person' && row.waitingFor !== null) return row;
  throw new ConflictError(
    `No rotation of ${name} waits for a secret from a person${row === undefined ? '' : `: it is at the step ${row.step}`}.`,
    { code: 'no_rotation_waits' },
  );
}

/** What was refused before it was in use may be given again: vendors spread a new secret slowly. */
async function requireNew(
  db: Queryable,
  { holder, fact, secret }: { holder: SecretHolder; fact: SecretFact; secret: Secret },
  { vault }: RotationPorts,
): Promise<void> {
  const known = await vault.match(db, holder.secrets, fact.name, secret);
  if (known === undefined) return;
  const all = await listSecretVersions(db, { owner: holder.secrets.id, field: fact.name });
  const current = all.find(({ state }) => state === 'current')?.version ?? 0;
  if (known.state === 'retired' && known.version > current) return;
  throw new ConflictError(
    `That is the version ${known.version} of ${fact.name}, which is here already (${known.state}). Give the new one.`,
    { code: 'secret_known' },
  );
}

/** The rotation's own number, unless something was stored under it. */
async function freeVersion(db: Queryable, { owner, field, version }: RotationRow): Promise<number> {
  const [newest] = await listSecretVersions(db, { owner, field });
  return newest === undefined ? version : Math.max(version, newest.version + 1);
}

/** @throws {ValidationError} `secret_invalid` */
export function checkSecret(secret: Secret): void {
  if (/^[\x21-\x7e]{8,4096}$/.test(secret.reveal())) return;
  throw new ValidationError(
    'A secret has 8 to 4096 printable characters and no spaces. Was all of it given, and nothing else?',
    { code: 'secret_invalid', path: '/value' },
  );
}
