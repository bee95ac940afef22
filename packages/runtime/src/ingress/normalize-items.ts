import type { ConnectionInfo, NormalizedItem } from '@onceover/broker';
import { type ErrorData, type JsonValue, readPointerText, type WebhookManifest } from '@onceover/contract';
import type { Catalog } from '../automations/catalog.ts';
import type { NewEvent } from '../events/event.ts';
import { storable } from '../events/storable.ts';
import { validateData } from '../events/validate-data.ts';
import type { BrokerPort, Clock, Randomness } from '../ports.ts';
import { failedItem, invalidEvent, type QuarantinedRow } from '../quarantine/quarantined.ts';
import { itemTime } from './read-item.ts';

/** An item with all that normalising needs. */
export interface ReadyItem {
  connection: ConnectionInfo;
  trigger: WebhookManifest;
  key: string;
  recordKey: string;
  deliveryId: string;
  isEcho: boolean;
  item: JsonValue;
  /** Undefined: the trigger does not hydrate this item. Null: the record is gone. */
  record: JsonValue | null | undefined;
}

/** What an item came to: events, or rows of the quarantine, or both. */
export interface NormalizedResult {
  events: readonly NewEvent[];
  quarantined: readonly QuarantinedRow[];
  /** Nothing of it could be used. */
  isFailed: boolean;
}

export interface NormalizerPorts {
  broker: BrokerPort;
  catalog: Catalog;
  clock: Clock;
  randomness: Randomness;
}

/** Items in one message to the connector's host. */
const maxBatch = 64;

/** Reads events out of items, in their order: the connector's code in batches, then each event's schema. */
export async function normalizeItems(
  items: readonly ReadyItem[],
  ports: NormalizerPorts,
  signal: AbortSignal,
): Promise<readonly NormalizedResult[]> {
  const answers: NormalizedItem[] = [];
  for (let at = 0; at < items.length; ) {
    const batch = nextBatch(items, at);
    answers.push(...(await normalizeBatch(batch, ports, signal)));
    at += batch.length;
  }
  return items.map((item, index) => resultOf(item, answers[index] ?? { error: noAnswer }, ports));
}

/** Neighbours that one host can normalise at once. */
function nextBatch(items: readonly ReadyItem[], from: number): readonly ReadyItem[] {
  const first = items[from];
  let to = from + 1;
  while (to - from < maxBatch && to < items.length && hasSameHost(first, items[to])) to += 1;
  return items.slice(from, to);
}

function hasSameHost(a: ReadyItem | undefined, b: ReadyItem | undefined): boolean {
  return (
    a?.connection.tenant === b?.connection.tenant &&
    a?.connection.connector === b?.connection.connector &&
    a?.trigger === b?.trigger
  );
}

async function normalizeBatch(
  batch: readonly ReadyItem[],
  { broker }: NormalizerPorts,
  signal: AbortSignal,
): Promise<readonly NormalizedItem[]> {
  const [first] = batch;
  if (first === undefined) return [];
  const { connector, tenant } = first.connection;
  const result = await broker.normalize({
    tenant,
    connector: connector.id,
    version: connector.version,
    trigger: first.trigger.name,
    items: batch.map(({ item, record }) => (record === undefined ? { item } : { item, record })),
    signal,
  });
  if ('items' in result) return result.items;
  if (batch.length === 1) return [{ error: result.error }];
  // One item may have brought the host down, or be too large for it: the others need not suffer.
  const one: NormalizedItem[] = [];
  for (const item of batch)
    one.push(...(await normalizeBatch([item], { broker } as NormalizerPorts, signal)));
  return one;
}

function resultOf(ready: ReadyItem, answer: NormalizedItem, ports: NormalizerPorts): NormalizedResult {
  const { connection, trigger, key, deliveryId, item } = ready;
  const place = () => ({
    quarantineId: ports.randomness.uuid(),
    tenant: connection.tenant,
    connection: connection.id,
    trigger: trigger.name,
    deliveryId,
    key,
    item,
  });
  if ('error' in answer) {
    return { events: [], quarantined: [failedItem(place(), answer.error)], isFailed: true };
  }
  const id = eventIdOf(ready);
  const events: NewEvent[] = [];
  const quarantined: QuarantinedRow[] = [];
  for (const [index, event] of answer.events.entries()) {
    const known = ports.catalog.eventType(connection.tenant, event.type);
    const problems = known === undefined ? [] : validateData(known.schema, event.data);
    if (known === undefined || problems.length > 0) {
      quarantined.push(invalidEvent(place(), event, problems));
      continue;
    }
    const time = event.time === undefined ? itemTime(trigger, item) : new Date(event.time);
    events.push({
      tenant: connection.tenant,
      source: `/connections/${connection.id}`,
      id: index === 0 ? id : `${id}.${index + 1}`,
      type: event.type,
      subject: ready.recordKey === '' ? null : ready.recordKey,
      time: time === undefined || Number.isNaN(time.getTime()) ? ports.clock.now() : time,
      data: event.data,
      attributes: null,
      isEcho: ready.isEcho,
    });
  }
  return { events, quarantined, isFailed: events.length === 0 && quarantined.length > 0 };
}

/** The fields that the trigger declares, so that a poll of the same change gives the same id; else the item's key. */
function eventIdOf({ trigger, item, record, key }: ReadyItem): string {
  const parts = trigger.eventId?.map((pointer) => readPointerText(record ?? item, pointer));
  if (parts === undefined || parts.some((part) => part === undefined || part === '')) return key;
  return storable(parts.join(':')).slice(0, 512);
}

const noAnswer: ErrorData = {
  class: 'UpstreamError',
  code: 'host_reply',
  message: 'The connector gave no answer for this item.',
  logMessage: 'normalize gave too few answers',
  retry: 'never',
};
