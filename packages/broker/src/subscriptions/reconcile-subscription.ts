import { type ListedSubscription, lookupOf, UpstreamError } from '@onceover/contract';
import { listActiveSecretVersions } from '@onceover/store';
import { brokerErrorData } from '../broker-error-data.ts';
import type { Log } from '../ports.ts';
import { putBySubscription, type Vault } from '../vault/create-vault.ts';
import { hookUrl, requireReachable } from './hook-url.ts';
import { keepSecret } from './keep-secret.ts';
import { isWanted, planChanges, type SubscriptionFacts } from './plan-changes.ts';
import { isSameUrl } from './same-url.ts';
import { type LeasePorts, type SubscriptionLease, takeLease } from './subscription-lease.ts';
import type { SubscriptionOwner } from './subscription-owner.ts';
import { type VendorPorts, type VendorSubscriptions, vendorSubscriptions } from './vendor-subscriptions.ts';

export interface ReconcilePorts extends VendorPorts, LeasePorts {
  vault: Vault;
  log: Log;
  effectKey(parts: readonly string[]): string;
}

export interface ReconcileOrder {
  /** There shall be exactly one that delivers to this runner; null: none of ours. */
  publicUrl: string | null;
  /** For the audit log. */
  by: string;
  /** Wait for another runner that is at it. */
  wait: boolean;
}

export interface ReconcileResult {
  made: number;
  removed: number;
  /** Those with the URL and the topics, at the end. */
  fitting: readonly ListedSubscription[];
}

const checkEveryMs = 3_600_000;
const longestPauseMs = 3_600_000;
const shortestPauseMs = 30_000;
const shortestLifeMs = 300_000;

/**
 * Brings what the vendor has to what should be there: makes what is missing, once, and removes what is ours and too
 * many or no longer wanted. Undefined when another runner is at it and nobody waits for it.
 * @throws {OnceoverError} why it could not be done; it is tried again. `subscription_busy`: another runner is at it still
 */
export async function reconcileSubscription(
  owner: SubscriptionOwner,
  order: ReconcileOrder,
  ports: ReconcilePorts,
): Promise<ReconcileResult | undefined> {
  const { publicUrl } = order;
  const url = publicUrl === null ? null : hookUrl(publicUrl, owner.id);
  const lease = await takeLease(owner, ports, order);
  if (lease === undefined && order.wait) throw busy();
  if (lease === undefined) return undefined;
  try {
    if (publicUrl !== null) requireReachable(publicUrl, owner.connection.target);
    const result = await bringAbout(owner, { by: order.by, url }, lease, ports);
    const nextCheckMs = untilNextCheck(owner, result, lease.known.now, ports);
    await lease.release({ nextCheckMs, failure: null, url });
    return result;
  } catch (error) {
    const { code, message, retry } = brokerErrorData(error);
    const { failures } = lease.known;
    const backoffMs = Math.min(longestPauseMs, 30_000 * 2 ** Math.min(failures, 8)) * (0.5 + ports.random());
    const nextCheckMs = typeof retry === 'object' ? Math.max(retry.afterMs, 1000) : backoffMs;
    await lease.release({ nextCheckMs, failure: `${code}: ${message}`.slice(0, 500), url });
    throw error;
  }
}

async function bringAbout(
  owner: SubscriptionOwner,
  { url, by }: { url: string | null; by: string },
  lease: SubscriptionLease,
  ports: ReconcilePorts,
): Promise<ReconcileResult> {
  const { known } = lease;
  const wanted = url === null ? null : { url, topics: owner.subscription.topics };
  if (wanted === null && known.vendorId === null && known.intendedUrl === null) return nothingDone;
  const vendor = vendorSubscriptions(owner, ports, lease.signal);
  const listed = await vendor.list();
  const plan = planChanges({
    wanted,
    url: url ?? known.url,
    listed,
    known,
    secret: secretSource(owner),
    ...(await secretsOf(owner, ports)),
    renewUntil: renewUntil(owner, known.now),
    mayBeUnlisted: mayBeUnlisted(owner, known),
  });
  const facts = { owner, vendor, lease, ports, by };
  const made = plan.create && url !== null ? await create(facts, url) : undefined;
  if (plan.keep !== null && plan.isAdopted) await adopt(facts, plan.keep);
  // Only now: what comes in between is delivered by both, and known by its key.
  const surplus = plan.remove.filter(({ vendorId }) => vendorId !== made);
  for (const one of surplus) await remove(facts, one, wanted === null ? 'not_wanted' : reasonOf(one, wanted));
  if (wanted === null) {
    await lease.save(null, { kind: 'subscription-ended', payload: { by, vendorId: known.vendorId } });
    return { made: 0, removed: surplus.length, fitting: [] };
  }
  const after = made === undefined && surplus.length === 0 ? listed : await vendor.list();
  const id = made ?? plan.keep?.vendorId ?? null;
  return {
    made: made === undefined ? 0 : 1,
    removed: surplus.length,
    fitting: after.filter((one) => isWanted(one, wanted, id)),
  };
}

const nothingDone: ReconcileResult = { made: 0, removed: 0, fitting: [] };

interface Facts {
  owner: SubscriptionOwner;
  vendor: VendorSubscriptions;
  lease: SubscriptionLease;
  ports: ReconcilePorts;
  by: string;
}

/** Makes one. Until its answer is stored, a creation that is tried again is the same: same bytes, same key. */
async function create(facts: Facts, url: string): Promise<string> {
  const { owner, vendor, lease, ports, by } = facts;
  const { topics } = owner.subscription;
  const effectKey = ports.effectKey(['subscription', owner.id, url, String(lease.known.generation)]);
  await lease.intend({ action: 'create', url, reason: 'missing' });
  const made = await vendor.create({ url, effectKey, mayStart: lease.mayStart });
  if ('refused' in made) {
    // An earlier one may have been made all the same.
    if (lease.known.intendedUrl === null) await lease.dropIntent();
    throw made.refused;
  }
  if ('failed' in made) {
    // The same answer again, under the same key, would be all that comes. What was made is removed by the next one.
    if (made.isRepeated || lease.known.intendedUrl === url) await lease.renewIntent();
    throw made.failed;
  }
  const { vendorId, secret: answered } = made;
  const source = secretSource(owner);
  const secret = answered ?? (source === 'on-request' ? await vendor.tellSecret(vendorId) : undefined);
  if (secret === undefined && source !== 'shared') throw untold(owner);
  await lease.save(
    { vendorId, url, topics },
    { kind: 'subscription-made', payload: { by, vendorId, url, topics } },
    async (db) =>
      secret === undefined ? {} : { secret: await keepSecret(db, ports.vault, owner.secret, secret) },
  );
  ports.vault.forgetRead();
  return vendorId;
}

async function adopt(facts: Facts, found: ListedSubscription): Promise<void> {
  const { owner, vendor, lease, ports, by } = facts;
  const { vendorId, url, topics } = found;
  const isTold = secretSource(owner) === 'on-request';
  const secret = isTold ? await vendor.tellSecret(vendorId) : undefined;
  if (isTold && secret === undefined) throw untold(owner);
  await lease.save(
    { vendorId, url, topics },
    { kind: 'subscription-adopted', payload: { by, vendorId, url, topics } },
    async (db) =>
      secret === undefined ? {} : { secret: await keepSecret(db, ports.vault, owner.secret, secret) },
  );
  ports.vault.forgetRead();
}

async function remove(
  { vendor, lease, ports, owner, by }: Facts,
  { vendorId, url }: ListedSubscription,
  reason: string,
): Promise<void> {
  const effectKey = ports.effectKey(['subscription-removal', owner.id, vendorId]);
  await lease.intend({ action: 'remove', url, vendorId, reason });
  await vendor.remove({ vendorId, effectKey, mayStart: lease.mayStart });
  await lease.note({ kind: 'subscription-removed', payload: { by, vendorId, url, reason } });
}

function reasonOf(one: ListedSubscription, wanted: { url: string; topics: readonly string[] }): string {
  if (isWanted(one, wanted, null)) return 'duplicate';
  return isSameUrl(one.url, wanted.url) ? 'other_topics' : 'other_url';
}

/** Where the signing secret of one subscription comes from. */
function secretSource({ subscription, connection, secret }: SubscriptionOwner): SubscriptionFacts['secret'] {
  if (subscription.tellSecret !== undefined) return 'on-request';
  const { operations } = connection.info.connector.manifest;
  const create = operations.find(({ name }) => name === subscription.create);
  return create?.withholds?.some((one) => one.secret === secret.name) === true ? 'in-answer' : 'shared';
}

async function secretsOf(
  { secret: { owner, name } }: SubscriptionOwner,
  { store }: ReconcilePorts,
): Promise<Pick<SubscriptionFacts, 'hasGivenSecret' | 'hasSecret'>> {
  const active = await listActiveSecretVersions(store, { owner: owner.id, field: name });
  const hasGivenSecret = active.some((row) => row.putBy !== putBySubscription);
  return { hasGivenSecret, hasSecret: active.length > 0 };
}

function renewUntil({ subscription: { renewBefore } }: SubscriptionOwner, now: Date): Date | null {
  return renewBefore === undefined ? null : new Date(now.getTime() + renewBefore.hours * 3_600_000);
}

/** How long the vendor's list may lag is what its look-up promises. */
function mayBeUnlisted(
  { subscription, connection }: SubscriptionOwner,
  { madeAt, now }: { madeAt: Date | null; now: Date },
): boolean {
  const { operations } = connection.info.connector.manifest;
  const create = operations.find(({ name }) => name === subscription.create);
  const lag = create?.kind === 'write' ? (lookupOf(create.guarantee)?.lagSeconds ?? 0) : 0;
  return madeAt !== null && now.getTime() - madeAt.getTime() < lag * 1000;
}

/**
 * About an hour, or before one that ends by itself has to be made anew: halfway, where a vendor gives it less time than
 * it should have.
 */
function untilNextCheck(
  owner: SubscriptionOwner,
  { fitting, made }: ReconcileResult,
  now: Date,
  { random }: ReconcilePorts,
): number {
  const jittered = checkEveryMs * (0.75 + 0.5 * random());
  const renewHours = owner.subscription.renewBefore?.hours ?? 0;
  const ends = fitting.flatMap(({ expiresAt }) => (expiresAt === undefined ? [] : Date.parse(expiresAt)));
  const lifeMs = Math.min(...ends) - now.getTime();
  const renewInMs = lifeMs - renewHours * 3_600_000;
  // One that was made a moment ago is not made again at once: not each half minute, for ever.
  if (made > 0) return Math.min(jittered, Math.max(shortestLifeMs, renewInMs, lifeMs / 2));
  return Math.max(shortestPauseMs, Math.min(jittered, renewInMs));
}

function busy(): UpstreamError {
  return new UpstreamError(
    'Another runner still looks after this webhook subscription: try again in a minute, nothing was changed',
    { code: 'subscription_busy', retry: 'later' },
  );
}

function untold({ connection }: SubscriptionOwner): UpstreamError {
  return new UpstreamError(
    `${connection.info.connector.manifest.title} did not tell the signing secret of the subscription: it is made anew`,
    { code: 'subscription_secret_untold', retry: 'later' },
  );
}
