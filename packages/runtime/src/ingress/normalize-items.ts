import type { ConnectionInfo, NormalizedItem, NormalizeResult } from '@onceover/broker';
import {
  type ErrorData,
  errorFromData,
  type JsonValue,
  readPointerText,
  type WebhookManifest,
} from '@onceover/contract';
import type { Catalog } from '../automations/catalog.ts';
import type { NewEvent } from '../events/event.ts';
import { storable, storableTime } from '../events/storable.ts';
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
/** An item that fails its host as often, while its neighbours do not, is at fault itself. */
const maxTries = 3;

/** What a batch came to: an answer for each item, or the trouble of its host. */
type BatchResult = { batch: readonly ReadyItem[] } & (
  | { answers: readonly NormalizedItem[] }
  | { trouble: ErrorData }
);

/**
 * Reads events out of items, in their order: the connector's code in batches, then each event's schema. An item that
 * fails its host is at fault only where others get through: others of that host, or, for the impatient, of any.
 * @throws {OnceoverError} when the host, not an item, is in trouble, or the signal fires: nothing is said of any item
 */
export async function normalizeItems(
  items: readonly ReadyItem[],
  ports: NormalizerPorts,
  signal: AbortSignal,
  { isPatient = true }: { isPatient?: boolean } = {},
): Promise<readonly NormalizedResult[]> {
  const results: BatchResult[] = [];
  for (let at = 0; at < items.length; ) {
    const batch = nextBatch(items, at);
    results.push(await normalizeBatch(batch, ports, signal));
    at += batch.length;
  }
  const answers: NormalizedItem[] = [];
  for (const result of results) {
    if ('answers' in result) {
      answers.push(...result.answers);
      continue;
    }
    const proof = results.some(
      (other) => 'answers' in other && (!isPatient || hasSameHost(other.batch[0], result.batch[0])),
    );
    if (!proof) throw errorFromData(result.trouble);
    for (const item of result.batch) answers.push(await askAgain(item, ports, signal));
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
  ports: NormalizerPorts,
  signal: AbortSignal,
): Promise<BatchResult> {
  const answer = await ask(batch, ports, signal);
  if ('items' in answer) return { batch, answers: answer.items };
  if (batch.length > 1) return normalizeEach(batch, ports, signal);
  return isHostTrouble(answer.error) ? { batch, trouble: answer.error } : { batch, answers: [answer] };
}

/** One item may have brought the host down, or be too large for it: the others need not suffer. */
async function normalizeEach(
  batch: readonly ReadyItem[],
  ports: NormalizerPorts,
  signal: AbortSignal,
): Promise<BatchResult> {
  const answers: NormalizedItem[] = [];
  const troubled: { index: number; item: ReadyItem; error: ErrorData }[] = [];
  for (const [index, item] of batch.entries()) {
    const answer = await ask([item], ports, signal);
    answers.push('items' in answer ? (answer.items[0] ?? { error: noAnswer }) : answer);
    if ('error' in answer && isHostTrouble(answer.error)) troubled.push({ index, item, error: answer.error });
    const [first] = troubled;
    const last = batch.at(-1);
    if (first === undefined || last === undefined || troubled.length <= index) continue;
    if (index !== maxTries - 1 && item !== last) continue;
    // Those at the front may be at fault, all of them: the last one tells.
    const told = await ask([last], ports, signal);
    if ('error' in told && isHostTrouble(told.error)) return { batch, trouble: first.error };
  }
  for (const { index, item } of troubled) answers[index] = await askAgain(item, ports, signal);
  return { batch, answers };
}

/** An item that failed its host, alone, until it gets through or has failed often enough. */
async function askAgain(
  item: ReadyItem,
  ports: NormalizerPorts,
  signal: AbortSignal,
): Promise<NormalizedItem> {
  let answer: NormalizedItem = { error: noAnswer };
  for (let tries = 1; tries < maxTries; tries += 1) {
    const result = await ask([item], ports, signal);
    if ('items' in result) return result.items[0] ?? answer;
    answer = result;
    if (!isHostTrouble(result.error)) break;
  }
  return answer;
}

/** @throws {OnceoverError} when the signal has fired: what failed then was given up, and nobody's fault */
async function ask(
  items: readonly ReadyItem[],
  { broker }: NormalizerPorts,
  signal: AbortSignal,
): Promise<NormalizeResult> {
  const [first] = items;
  if (first === undefined) return { items: [] };
  const { connector, tenant } = first.connection;
  const result = await broker.normalize({
    tenant,
    connector: connector.id,
    version: connector.version,
    trigger: first.trigger.name,
    items: items.map(({ item, record }) => (record === undefined ? { item } : { item, record })),
    signal,
  });
  if ('error' in result && signal.aborted) throw errorFromData({ ...result.error, retry: 'later' });
  return result;
}

/** The host could not be asked, or its files are wrong: the same item may well pass later, or on another runner. */
function isHostTrouble({ retry, class: name }: ErrorData): boolean {
  return retry !== 'never' || name === 'ConfigurationError';
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
    const time = event.time === undefined ? itemTime(trigger, item) : storableTime(new Date(event.time));
    events.push({
      tenant: connection.tenant,
      source: `/connections/${connection.id}`,
      id: index === 0 ? id : `${id}.${index + 1}`,
      type: event.type,
      subject: ready.recordKey === '' ? null : ready.recordKey,
      time: time ?? ports.clock.now(),
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
