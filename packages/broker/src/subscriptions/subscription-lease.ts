import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { UpstreamError } from '@onceover/contract';
import {
  type ClaimedSubscriptionRow,
  claimSubscription,
  dropSubscriptionIntent,
  intendSubscription,
  type Queryable,
  releaseSubscription,
  renewSubscriptionIntent,
  saveSubscription,
  type Store,
  withTransaction,
} from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import type { Clock } from '../ports.ts';
import type { SubscriptionOwner } from './subscription-owner.ts';

export interface LeasePorts {
  store: Store;
  clock: Clock;
  /** Between 0 and 1, for jitter. */
  random: () => number;
  /** Longer than all requests about one subscription together. */
  leaseMs: number;
}

/** One runner's hold on a subscription. What it stores fails when the hold is lost, and so does what it would send. */
export interface SubscriptionLease {
  readonly known: ClaimedSubscriptionRow;
  /** Aborted when there is no time left to finish a request. */
  readonly signal: AbortSignal;
  /** Throws when the lease may be over by the time that a request arrives. */
  mayStart(): void;
  /** Stores that a write is about to be sent. @throws {UpstreamError} `subscription_lease_lost` */
  intend(write: {
    action: 'create' | 'remove';
    url: string;
    vendorId?: string;
    reason: string;
  }): Promise<void>;
  /** The creation was refused: there is none whose answer was lost. */
  dropIntent(): Promise<void>;
  /** The vendor only repeats that the creation failed: the next one is another, with another key. */
  renewIntent(): Promise<void>;
  /** Stores what is there from now on, and what else belongs to it. @throws {UpstreamError} `subscription_lease_lost` */
  save(
    made: { vendorId: string; url: string; topics: readonly string[] } | null,
    change: { kind: string; payload: object },
    alongside?: (db: Queryable) => Promise<object>,
  ): Promise<void>;
  /** Stores that something of ours is gone at the vendor. */
  note(change: { kind: string; payload: object }): Promise<void>;
  release(outcome: { nextCheckMs: number; failure: string | null; url: string | null }): Promise<void>;
}

/** Undefined when another runner has it; `wait` for a person who wants an answer. */
export async function takeLease(
  owner: SubscriptionOwner,
  ports: LeasePorts,
  { wait }: { wait: boolean },
): Promise<SubscriptionLease | undefined> {
  const { store, random, leaseMs } = ports;
  const leaseOwner = randomUUID();
  const until = performance.now() + leaseMs * 1.5;
  for (;;) {
    const claimedAt = performance.now();
    const claim = { owner: owner.id, tenant: owner.tenant, leaseOwner, leaseMs };
    const known = await claimSubscription(store, claim);
    if (known !== undefined) return leaseOf(owner, known, claimedAt, ports);
    if (!wait || performance.now() > until) return undefined;
    await sleep(50 + 100 * random());
  }
}

function leaseOf(
  owner: SubscriptionOwner,
  known: ClaimedSubscriptionRow,
  claimedAt: number,
  { store, clock, leaseMs }: LeasePorts,
): SubscriptionLease {
  const { id, kind, tenant } = owner;
  const place = { owner: id, epoch: known.epoch };
  const write = (db: Queryable, change: { kind: string; payload: object }) =>
    writeChanges(db, [{ tenant, subject: `${kind}s/${id}`, ...change }], clock);
  return {
    known,
    signal: AbortSignal.timeout(leaseMs * 0.8),
    mayStart() {
      if (performance.now() - claimedAt > leaseMs * 0.75) throw late();
    },
    intend: ({ action, ...payload }) =>
      withTransaction(store, async (db) => {
        const url = action === 'create' ? payload.url : null;
        if (!(await intendSubscription(db, { ...place, url }))) throw lost();
        await write(db, { kind: 'subscription-intended', payload: { action, ...payload } });
      }),
    dropIntent: () => dropSubscriptionIntent(store, place),
    renewIntent: () => renewSubscriptionIntent(store, place),
    save: (made, { kind: name, payload }, alongside = async () => ({})) =>
      withTransaction(store, async (db) => {
        const more = await alongside(db);
        if (!(await saveSubscription(db, { ...place, made }))) throw lost();
        await write(db, { kind: name, payload: { ...payload, ...more } });
      }),
    note: (change) => withTransaction(store, (db) => write(db, change)),
    release: (outcome) =>
      releaseSubscription(store, {
        ...place,
        ...outcome,
        version: owner.connection.info.connector.version,
      }),
  };
}

function late(): UpstreamError {
  return new UpstreamError(
    'The vendor took so long that another runner may look after this subscription by now: nothing was sent, it is tried again',
    { code: 'subscription_lease_lost', retry: 'later' },
  );
}

function lost(): UpstreamError {
  return new UpstreamError('Another runner looks after this subscription', {
    code: 'subscription_lease_lost',
    retry: 'later',
  });
}
