import type { HookVerdict } from '@onceover/broker';
import { type JsonValue, readPointer, stringifyJson, type WebhookManifest } from '@onceover/contract';
import {
  acceptDeliveries,
  findKnownDeliveries,
  isConnectionLost,
  type Store,
  withRetry,
} from '@onceover/store';
import { hash } from 'node:crypto';
import { anyTenant, type Change, type LeafRows } from '../audit/build-leaves.ts';
import type { CountUp } from '../counters.ts';
import { createNewOnlyCommit } from '../engine/commit-new.ts';
import { createGroupCommit, QueueFullError } from '../engine/group-commit.ts';
import { digestUuid } from '../engine/lane-id.ts';
import type { BrokerPort, Log, Randomness } from '../ports.ts';
import { malformedDelivery } from '../quarantine/quarantined.ts';
import type { DeliveryCache } from './delivery-cache.ts';
import { keptHeaders, readBody } from './read-body.ts';
import { badSignature, busy, malformed, type Refusal, tooLarge, unknownHook } from './refusal.ts';

/** A request to a hook, as it arrived. */
export interface DeliveryRequest {
  hookId: string;
  method: string;
  /** The public URL that the vendor called, query included. */
  url: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  rawBody: Buffer;
}

export type AcceptedDelivery =
  /** Durable. `duplicate`: it was before. */
  | { kind: 'accepted'; delivery: string; duplicate: boolean }
  | { kind: 'challenge'; status: number; contentType: string; body: string }
  | Refusal;

const maxBytes = 1024 * 1024;

interface NewDelivery {
  id: string;
  tenant: string;
  hookId: string;
  trigger: string;
  headers: Record<string, string>;
  body: Buffer;
  isMalformed: boolean;
}

export interface DeliveryAcceptorPorts {
  store: Store;
  broker: BrokerPort;
  buildLeaves: (changes: readonly Change[]) => LeafRows;
  randomness: Randomness;
  countUp: CountUp;
  log: Log;
  cache: DeliveryCache;
  /** Told after each commit that left something to read. */
  onQueued: (hookId: string, tenant: string) => void;
  maxQueued: number;
}

/** Deliveries from vendors: verified, stored in groups, and acknowledged when they are durable. */
export function createDeliveryAcceptor(ports: DeliveryAcceptorPorts) {
  const { broker, countUp, cache, maxQueued } = ports;
  const commit = createCommit(ports);
  const group = createGroupCommit<NewDelivery, boolean>({
    maxQueued,
    maxBatch: 200,
    shouldIsolate: (error) => !isConnectionLost(error),
    flush: commit,
  });
  const refuse = (refusal: Refusal, reason: string, tenant = anyTenant): Refusal => {
    countUp(tenant, 'rejected', reason);
    return refusal;
  };

  return async (request: DeliveryRequest): Promise<AcceptedDelivery> => {
    const { hookId, rawBody } = request;
    if (rawBody.length > maxBytes) return refuse(tooLarge, 'too-large');
    const verdict = await broker.verify(request);
    if (!verdict.verified) {
      const { reason } = verdict;
      const isUnknown = reason === 'unknown-hook' || reason === 'no-webhook';
      return refuse(isUnknown ? unknownHook : badSignature, reason);
    }
    const tenant = tenantOf(verdict);
    const trigger = triggerOf(verdict);
    if (trigger === undefined) return refuse(unknownHook, 'no-webhook', tenant);
    const body = readBody(trigger, rawBody);
    const challenge = body === undefined ? undefined : answerChallenge(trigger, body);
    if (challenge !== undefined) return challenge;
    const delivery: NewDelivery = {
      id: digestUuid([hookId, hash('sha256', rawBody, 'hex')]),
      tenant,
      hookId,
      trigger: trigger.name,
      headers: keptHeaders(trigger, request.headers),
      body: rawBody,
      isMalformed: body === undefined,
    };
    if (body !== undefined) {
      const { id, headers } = delivery;
      cache.put(hookId, id, { items: body.items, headers }, rawBody.length);
    }
    try {
      const duplicate = await group.add(delivery);
      if (duplicate) cache.drop(hookId, delivery.id);
      if (body === undefined) return refuse(malformed, 'malformed', tenant);
      countUp(tenant, duplicate ? 'deduplicated' : 'received', 'deliveries');
      return { kind: 'accepted', delivery: delivery.id, duplicate };
    } catch (error) {
      cache.drop(hookId, delivery.id);
      // The vendor sends again what it got no good answer for.
      if (error instanceof QueueFullError) return refuse(busy, 'busy', tenant);
      if (!isConnectionLost(error)) throw error;
      ports.log.warn(
        { err: error, hook: hookId },
        'a delivery could not be stored: the database is not there',
      );
      return refuse(busy, 'database', tenant);
    }
  };
}

function createCommit({ store, buildLeaves, randomness, onQueued }: DeliveryAcceptorPorts) {
  return createNewOnlyCommit<NewDelivery>({
    keyOf: ({ id }) => id,
    async findKnown(deliveries) {
      const known = await findKnownDeliveries(
        store,
        deliveries.map(({ id }) => id),
      );
      return new Set(deliveries.flatMap(({ id }, index) => (known.has(id) ? index : [])));
    },
    async store(deliveries) {
      const rows = deliveries.map(({ id, tenant, hookId, trigger, headers, body, isMalformed }) => ({
        id,
        tenant,
        hook_id: hookId,
        trigger,
        headers: stringifyJson(headers),
        body,
        is_queued: !isMalformed,
      }));
      const changes = deliveries.map(
        ({ id, tenant, hookId, isMalformed }): Change => ({
          tenant,
          kind: isMalformed ? 'delivery-quarantined' : 'delivery-accepted',
          subject: id,
          payload: { hook: hookId },
        }),
      );
      const leaves = buildLeaves(changes);
      const quarantined = deliveries
        .filter(({ isMalformed }) => isMalformed)
        .map((delivery) => malformedDelivery({ ...delivery, quarantineId: randomness.uuid() }));
      await withRetry(() => acceptDeliveries(store, { deliveries: rows, quarantined, ...leaves }));
      const hooks = new Map(deliveries.map(({ hookId, tenant }) => [hookId, tenant]));
      for (const [hookId, tenant] of hooks) onQueued(hookId, tenant);
    },
  });
}

type Verified = Extract<HookVerdict, { verified: true }>;

/** A registration's delivery may belong to several tenants. */
function tenantOf({ hook }: Verified): string {
  return hook.kind === 'connection' ? hook.connection.tenant : anyTenant;
}

function triggerOf({ hook, trigger: name }: Verified): WebhookManifest | undefined {
  const { connector } = hook.kind === 'connection' ? hook.connection : hook.registration;
  return connector.manifest.triggers.find(
    (trigger): trigger is WebhookManifest => trigger.kind === 'webhook' && trigger.name === name,
  );
}

function answerChallenge(
  { challenge }: WebhookManifest,
  { json, items }: { json: JsonValue; items: readonly JsonValue[] },
): Extract<AcceptedDelivery, { kind: 'challenge' }> | undefined {
  if (challenge === undefined) return undefined;
  if (challenge.kind === 'signature-probe') {
    return items.length === 0
      ? { kind: 'challenge', status: 200, contentType: 'text/plain', body: '' }
      : undefined;
  }
  const value = readPointer(json, challenge.pointer);
  if (typeof value !== 'string') return undefined;
  if (challenge.as === 'text')
    return { kind: 'challenge', status: 200, contentType: 'text/plain', body: value };
  const name = challenge.pointer.slice(challenge.pointer.lastIndexOf('/') + 1);
  return {
    kind: 'challenge',
    status: 200,
    contentType: 'application/json',
    body: JSON.stringify({ [name]: value }),
  };
}
