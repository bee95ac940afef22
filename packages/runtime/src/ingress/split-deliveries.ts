import type { ConnectionInfo, Hook } from '@onceover/broker';
import { type JsonValue, OnceoverError, type WebhookManifest } from '@onceover/contract';
import type { BrokerPort, Log } from '../ports.ts';
import type { ParsedDelivery } from './delivery-cache.ts';
import { type ItemFacts, readItem } from './read-item.ts';

/** A delivery that is to be read, in the hook's order. */
export interface QueuedDelivery extends ParsedDelivery {
  id: string;
  seq: number;
  trigger: WebhookManifest;
}

/** An entry of a delivery, and where it belongs. */
export interface SplitItem {
  deliveryId: string;
  position: number;
  trigger: WebhookManifest;
  item: JsonValue;
  facts: ItemFacts;
  /** Undefined: no connection of the registration has the item's account, or this runner cannot use it. */
  connection: ConnectionInfo | undefined;
  appId: string | null;
  /** Unique at its place also when the manifest's fields give none. */
  key: string;
}

/** Takes deliveries apart; items of a registration go to the connection of their account. */
export async function splitDeliveries(
  hook: Hook,
  deliveries: readonly QueuedDelivery[],
  ports: { broker: BrokerPort; log: Log },
): Promise<readonly SplitItem[]> {
  const appId = await appIdOf(hook, ports.broker.connections);
  const split: SplitItem[] = [];
  for (const { id, trigger, items, headers } of deliveries) {
    for (const [position, item] of items.entries()) {
      const facts = readItem(trigger, item, headers);
      const connection = await route(hook, facts, ports);
      const key = facts.key ?? `${id}:${position}`;
      split.push({ deliveryId: id, position, trigger, item, facts, connection, appId, key });
    }
  }
  return split;
}

async function route(
  hook: Hook,
  { account }: ItemFacts,
  { broker, log }: { broker: BrokerPort; log: Log },
): Promise<ConnectionInfo | undefined> {
  if (hook.kind === 'connection') return hook.connection;
  if (account === undefined) return undefined;
  const { id } = hook.registration;
  try {
    return await broker.connections.byAccount(id, account);
  } catch (error) {
    if (!OnceoverError.isInstance(error)) throw error;
    // One account's connection cannot be used here: the delivery's other items are other tenants'.
    log.warn({ err: error, registration: id }, 'an item is set aside: its connection cannot be used');
    return undefined;
  }
}

async function appIdOf(hook: Hook, connections: BrokerPort['connections']): Promise<string | null> {
  if (hook.kind === 'registration') return hook.registration.appId;
  const { registration } = hook.connection;
  if (registration === null) return null;
  const owner = await connections.byHook(registration);
  return owner?.kind === 'registration' ? owner.registration.appId : null;
}

/** The place an item stands at: its connection, or the registration that no connection claims it from. */
export function placeOf(hook: Hook, { connection }: SplitItem): string {
  if (connection !== undefined) return connection.id;
  return hook.kind === 'registration' ? hook.registration.id : hook.connection.id;
}
