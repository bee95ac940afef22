import type { ListedSubscription } from '@onceover/contract';
import { isNearlySameUrl, isSameUrl } from './same-url.ts';

/** What the vendor lists, what we know, and what should be there. */
export interface SubscriptionFacts {
  /** Null: nothing should be there any more. */
  wanted: { url: string; topics: readonly string[] } | null;
  /** Whatever is delivered there is ours. Null: we have no address. */
  url: string | null;
  listed: readonly ListedSubscription[];
  known: { vendorId: string | null; url: string | null; intendedUrl: string | null };
  /**
   * `in-answer`: told at the creation and never again; `on-request`: told whenever it is asked for; `shared`: no
   * secret of the subscription's own.
   */
  secret: 'in-answer' | 'on-request' | 'shared';
  /** Somebody gave us a signing secret. */
  hasGivenSecret: boolean;
  /** There is a secret to believe deliveries by, given or told. */
  hasSecret: boolean;
  /** One that ends before this time is made anew. */
  renewUntil: Date | null;
  /** The one that we know was made so lately that the vendor's list may not have it yet. */
  mayBeUnlisted: boolean;
}

export interface SubscriptionPlan {
  /** The one that stays; null when one has to be made, or none is wanted. */
  keep: ListedSubscription | null;
  /** It stays and is new to us: a person made it, or we did and never learnt of it. */
  isAdopted: boolean;
  create: boolean;
  /** Ours, and too many or not wanted any more. Never anybody else's. */
  remove: readonly ListedSubscription[];
}

/** Decides what to do at the vendor. What is not ours by URL, or by URL and id, is not looked at. */
export function planChanges(facts: SubscriptionFacts): SubscriptionPlan {
  const { wanted, listed } = facts;
  const ours = listed.filter((one) => isOurs(one, facts));
  const knownId = facts.known.vendorId;
  const isFitting = (one: ListedSubscription) =>
    wanted !== null && isWanted(one, wanted, knownId) && isLasting(one, facts);
  const fitting = ours.filter(isFitting);
  // One whose secret is lost is like one that we know nothing of.
  const isBelievable = facts.secret === 'shared' || facts.hasSecret;
  const known = isBelievable ? fitting.find(({ vendorId }) => vendorId === knownId) : undefined;
  const keep = known ?? (mayAdopt(facts) ? fitting[0] : undefined) ?? null;
  return {
    keep,
    isAdopted: keep !== null && known === undefined,
    create: wanted !== null && keep === null && !isToCome(facts),
    remove: ours.filter((one) => one !== keep),
  };
}

/**
 * Same URL and same topics: what one subscription is told from another by.
 * @param knownId of the one that is ours however its vendor writes our URL down
 */
export function isWanted(
  { vendorId, url, topics }: Pick<ListedSubscription, 'vendorId' | 'url' | 'topics'>,
  wanted: { url: string; topics: readonly string[] },
  knownId: string | null,
): boolean {
  const has = new Set(topics);
  const isSame = vendorId === knownId ? isNearlySameUrl : isSameUrl;
  return (
    isSame(url, wanted.url) &&
    has.size === new Set(wanted.topics).size &&
    wanted.topics.every((one) => has.has(one))
  );
}

function isOurs({ url, vendorId }: ListedSubscription, { url: own, known }: SubscriptionFacts): boolean {
  const isAt = (address: string | null) => address !== null && isNearlySameUrl(url, address);
  return (
    (own !== null && isSameUrl(url, own)) ||
    // Of an address that we had before: only what we know to be ours, since somebody else may have it now.
    (vendorId === known.vendorId && isAt(known.url)) ||
    isAt(known.intendedUrl)
  );
}

function isToCome({ known, listed, mayBeUnlisted, wanted }: SubscriptionFacts): boolean {
  return (
    mayBeUnlisted &&
    wanted !== null &&
    known.url !== null &&
    isNearlySameUrl(known.url, wanted.url) &&
    !listed.some(({ vendorId }) => vendorId === known.vendorId)
  );
}

function isLasting({ expiresAt }: ListedSubscription, { renewUntil }: SubscriptionFacts): boolean {
  return expiresAt === undefined || renewUntil === null || Date.parse(expiresAt) > renewUntil.getTime();
}

/** One whose secret nobody has is of no use: its deliveries could not be told from forged ones. */
function mayAdopt({ secret, hasGivenSecret, known }: SubscriptionFacts): boolean {
  if (secret !== 'in-answer') return true;
  // After a creation whose answer was lost, a given secret may be another one's.
  return hasGivenSecret && known.intendedUrl === null;
}
