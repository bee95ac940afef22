import {
  ConfigurationError,
  type ErrorData,
  errorToData,
  type JsonValue,
  readPointer,
  type WebhookManifest,
} from '@onceover/contract';
import { isConnectionLost } from '@onceover/store';
import type { Change } from '../audit/build-leaves.ts';
import { type BackoffOptions, backoffMs } from '../engine/backoff.ts';
import type { LaneSession } from '../engine/lane-engine.ts';
import { LaneLostError } from '../engine/lane-lost-error.ts';
import { planEvent, type PlannedEvent } from '../events/fan-out.ts';
import type { Log } from '../ports.ts';
import type { QuarantinedRow } from '../quarantine/quarantined.ts';
import type { WaitingItem } from './item-lanes.ts';
import { normalizeItems, type NormalizerPorts, type ReadyItem } from './normalize-items.ts';
import { quarantineChanges } from './plan-items.ts';
import { needsRecord } from './read-item.ts';
import type { ItemSettler, SettledItem } from './settle-items.ts';

export interface ItemWorkerPorts extends NormalizerPorts {
  settler: ItemSettler;
  log: Log;
  backoff: BackoffOptions;
  sendMarginMs: number;
}

/** After this many failed reads of its record an item is given up. */
const maxAttempts = 10;

/** Hydrates and normalises the items of one record, in order of arrival: one that must wait holds back the others. */
export function createItemWorker(ports: ItemWorkerPorts) {
  return async (session: LaneSession<WaitingItem>): Promise<void> => {
    const settled: SettledItem[] = [];
    const ready: { item: WaitingItem; ready: ReadyItem }[] = [];
    let afterMs = 0;
    for (const item of session.lane.work) {
      if (session.isStopping) break;
      const result = await hydrate(item, session, ports);
      if ('ready' in result) {
        ready.push({ item, ready: result.ready });
        continue;
      }
      const attempts = item.attempts + 1;
      const { error } = result;
      if (attempts >= maxAttempts || isHopeless(error)) {
        settled.push(abandoned(item, attempts, error));
        continue;
      }
      afterMs = backoffMs(attempts, ports.backoff, typeof error.retry === 'object' ? error.retry.afterMs : 0);
      settled.push({ item, status: 'pending', attempts, error, events: [], quarantined: [], changes: [] });
      break;
    }
    const results = await normalizeItems(
      ready.map((one) => one.ready),
      ports,
      session.signal,
    );
    for (const [index, { item }] of ready.entries()) {
      const result = results[index];
      if (result === undefined) continue;
      const events = await Promise.all(result.events.map((event) => planEvent(event, ports.catalog)));
      settled.push(normalized(item, events, result.quarantined, result.isFailed));
    }
    const hasWorkLeft = await settle(ports, session, settled, afterMs);
    session.released({ wakeAfterMs: afterMs === 0 && !hasWorkLeft ? null : afterMs });
  };
}

/** What cannot be stored must not block the lane: the first item is tried again, and given up in the end. */
async function settle(
  { settler, log }: ItemWorkerPorts,
  { lane }: LaneSession<WaitingItem>,
  settled: readonly SettledItem[],
  afterMs: number,
): Promise<boolean> {
  try {
    return await settler.settle(lane, settled, afterMs);
  } catch (error) {
    const [item] = lane.work;
    if (error instanceof LaneLostError || isConnectionLost(error) || item === undefined) throw error;
    log.error({ err: error, item: item.key, connection: item.connection }, 'an item cannot be stored');
    const attempts = item.attempts + 1;
    const data = errorToData(error);
    const failed: SettledItem =
      attempts >= maxAttempts
        ? abandoned(item, attempts, data)
        : { item, status: 'pending', attempts, error: data, events: [], quarantined: [], changes: [] };
    return settler.settle(lane, [failed], attempts >= maxAttempts ? 0 : 1000);
  }
}

async function hydrate(
  item: WaitingItem,
  session: LaneSession<WaitingItem>,
  { broker, sendMarginMs }: ItemWorkerPorts,
): Promise<{ ready: ReadyItem } | { error: ErrorData }> {
  const connection = await broker.connections.get(item.tenant, item.connection);
  const trigger = connection?.connector.manifest.triggers.find(
    (one): one is WebhookManifest => one.kind === 'webhook' && one.name === item.trigger,
  );
  if (connection === undefined || trigger === undefined) {
    const gone = new ConfigurationError(
      `The connection ${item.connection} or its trigger ${item.trigger} is not there any more`,
      { code: 'connection_unknown', retry: 'later' },
    );
    return { error: errorToData(gone) };
  }
  const { key, recordKey, deliveryId, isEcho } = item;
  const common = { connection, trigger, key, recordKey, deliveryId, isEcho, item: item.item };
  const { hydrate: read } = trigger;
  if (read === undefined || !needsRecord(trigger, item.item))
    return { ready: { ...common, record: undefined } };
  const input = Object.fromEntries(
    Object.entries(read.input).map(([name, pointer]) => [name, inputValue(item.item, pointer)]),
  );
  session.requireHeld(sendMarginMs);
  const { reply } = await broker.call({
    tenant: item.tenant,
    connection: item.connection,
    operation: read.operation,
    mode: 'execute',
    input,
    signal: session.signal,
  });
  if (reply.kind === 'read') return { ready: { ...common, record: reply.output } };
  if (reply.kind === 'error' && reply.error.class === 'NotFoundError') {
    return { ready: { ...common, record: null } };
  }
  return { error: reply.kind === 'error' ? reply.error : errorToData(new Error('the read is not a read')) };
}

/** Ids are text to every operation, and numbers in some deliveries. */
function inputValue(item: JsonValue, pointer: string): JsonValue {
  const value = readPointer(item, pointer);
  if (value === undefined) return null;
  return typeof value === 'number' ? String(value) : value;
}

/** The same read cannot come to anything else. Credentials and scopes can: people mend them. */
function isHopeless({ retry, class: name }: ErrorData): boolean {
  return retry === 'never' && name !== 'AuthenticationError' && name !== 'ScopeError';
}

function abandoned(item: WaitingItem, attempts: number, error: ErrorData): SettledItem {
  const change: Change = {
    tenant: item.tenant,
    kind: 'item-abandoned',
    subject: subjectOf(item),
    payload: { code: error.code, attempts },
  };
  return { item, status: 'dead', attempts, error, events: [], quarantined: [], changes: [change] };
}

function normalized(
  item: WaitingItem,
  events: readonly PlannedEvent[],
  quarantined: readonly QuarantinedRow[],
  isFailed: boolean,
): SettledItem {
  const status = isFailed ? 'quarantined' : item.isEcho ? 'echo' : 'done';
  const subject = subjectOf(item);
  const echo: Change[] = item.isEcho
    ? [{ tenant: item.tenant, kind: 'item-echoed', subject, payload: {} }]
    : [];
  return {
    item,
    status,
    attempts: item.attempts + 1,
    error: null,
    events,
    quarantined,
    changes: [...echo, ...quarantineChanges(quarantined, item.tenant, subject)],
  };
}

function subjectOf({ deliveryId, key }: WaitingItem): string {
  return `${deliveryId}/${key}`;
}
