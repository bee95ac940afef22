import type { SecretFact, VendorSecret } from '@onceover/contract';
import { findOpenRotation, listRotations, listSecretVersions, withTransaction } from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import { isCredential } from './hook-credential.ts';
import { labelPrefix } from './rotation-label.ts';
import type { RotationPorts } from './rotation-ports.ts';
import { hasHook, replyOf, runHook } from './run-hook.ts';
import { type SecretHolder, secretsOfHolder, subjectOf } from './secret-holder.ts';

/** What the vendor has of one secret, held against what we know. */
export interface ReconciledSecret {
  holder: string;
  secret: string;
  /** False: the connector cannot list the vendor's secrets. */
  isListed: boolean;
  /** How many the vendor has. */
  found: number;
  /** Made by us and used by nobody: they were revoked. */
  revoked: readonly { vendorSecretId: string }[];
  /** Ours, and they could not be revoked. */
  left: readonly { vendorSecretId: string; why: string }[];
  /** Not made by us, or before we made any: nobody touches them. */
  foreign: number;
}

/** Lists a holder's secrets at the vendor and revokes those that a rotation made and nobody uses. */
export async function reconcileSecrets(
  holder: SecretHolder,
  { by }: { by: string },
  ports: RotationPorts,
): Promise<ReconciledSecret[]> {
  const found: ReconciledSecret[] = [];
  for (const fact of secretsOfHolder(holder)) found.push(await reconcileOne(holder, fact, by, ports));
  return found;
}

async function reconcileOne(
  holder: SecretHolder,
  fact: SecretFact,
  by: string,
  ports: RotationPorts,
): Promise<ReconciledSecret> {
  const { secrets } = holder;
  const nothing = { holder: secrets.id, secret: fact.name, found: 0, revoked: [], left: [], foreign: 0 };
  if (!hasHook(holder, fact.name, 'reconcile')) return { ...nothing, isListed: false };
  const call = await callFacts(holder, fact, ports);
  // The list is asked for with the secret itself, and there is none.
  if (isCredential(fact) && call.values.current === undefined) return { ...nothing, isListed: false };
  const listed = replyOf(await runHook(holder, { ...call, hook: 'reconcile' }, ports)).secrets ?? [];
  const known = await knownOf(holder, fact, ports);
  const prefix = labelPrefix(ports.labelOf, secrets, fact.name);
  const ours = listed.filter(({ reference }) => reference?.startsWith(prefix) === true);
  const revoked: { vendorSecretId: string }[] = [];
  const left: { vendorSecretId: string; why: string }[] = [];
  for (const one of ours.filter((entry) => isOrphan(entry, known))) {
    const { vendorSecretId, reference = '' } = one;
    const { reply } = await runHook(holder, { ...call, hook: 'revoke', vendorSecretId, reference }, ports);
    if ('error' in reply) left.push({ vendorSecretId, why: reply.error.message });
    else revoked.push({ vendorSecretId });
  }
  if (revoked.length > 0) {
    const payload = { secret: fact.name, revoked: revoked.map((one) => one.vendorSecretId), by };
    const change = { tenant: secrets.tenant, kind: 'orphans-revoked', subject: subjectOf(secrets), payload };
    await withTransaction(ports.store, (db) => writeChanges(db, [change], ports.clock));
  }
  return {
    ...nothing,
    isListed: true,
    found: listed.length,
    revoked,
    left,
    foreign: listed.length - ours.length,
  };
}

async function callFacts(
  { secrets }: SecretHolder,
  fact: SecretFact,
  { store, vault, leaseMs }: RotationPorts,
) {
  const versions = await listSecretVersions(store, { owner: secrets.id, field: fact.name });
  const current = versions.find(({ state }) => state === 'current');
  const secret = current && (await vault.open(secrets, fact.name, current.version));
  return {
    fact,
    version: current?.version ?? 0,
    as: 'current' as const,
    reference: '',
    vendorSecretId: null,
    values: secret === undefined ? {} : { current: secret },
    signal: AbortSignal.timeout(leaseMs),
  };
}

interface KnownSecrets {
  /** Vendor ids of versions that hold, or may still be needed. */
  ids: ReadonlySet<string>;
  /**
   * Labels that are spared: of a version that is being made now, since whoever makes it clears up after itself, and of
   * versions that hold and whose ids the vendor did not tell.
   */
  labels: ReadonlySet<string>;
}

/** Read after the vendor's list: what was made meanwhile is not in the list. */
async function knownOf(
  { secrets }: SecretHolder,
  fact: SecretFact,
  { store }: Pick<RotationPorts, 'store'>,
): Promise<KnownSecrets> {
  const place = { owner: secrets.id, field: fact.name };
  const open = await findOpenRotation(store, place);
  const held = new Set(
    (await listSecretVersions(store, place))
      .filter(({ state }) => state !== 'retired')
      .map((one) => one.version),
  );
  const rotations = await listRotations(store, place);
  const ids = new Set<string>();
  const labels = new Set(open === undefined ? [] : [open.reference]);
  for (const { vendorSecretId, reference } of rotations.filter(({ version }) => held.has(version))) {
    if (vendorSecretId === null) labels.add(reference);
    else ids.add(vendorSecretId);
  }
  return { ids, labels };
}

function isOrphan({ vendorSecretId, reference = '' }: VendorSecret, { ids, labels }: KnownSecrets): boolean {
  return !ids.has(vendorSecretId) && !labels.has(reference);
}
