import {
  ConfigurationError,
  type ErrorData,
  errorToData,
  type JsonValue,
  OnceoverError,
  readPointer,
  type WebhookManifest,
} from '@onceover/contract';
import { type ConnectionInfo, heldBackReason } from '@onceover/broker';
import { isConnectionLost } from '@onceover/store';
import type { Change } from '../audit/build-leaves.ts';
import { type BackoffOptions, backoffMs } from '../engine/backoff.ts';
import type { LaneSession } from '../engine/lane-engine.ts';
import { LaneLostError } from '../engine/lane-lost-error.ts';
import { planEvent, type PlannedEvent } from '../events/fan-out.ts';
import type { Log } from '../ports.ts';
import type { QuarantinedRow } from '../quarantine/quarantined.ts';
import type { WaitingItem } from './item-lanes.ts';
import {
  type NormalizedResult,
  normalizeItems,
  type NormalizerPorts,
  type ReadyItem,
} from './normalize-items.ts';
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
    const { work } = session.lane;
    const settled = new Map<WaitingItem, SettledItem>();
    const ready: { item: WaitingItem; ready: ReadyItem }[] = [];
    let afterMs = 0;
    const fail = (item: WaitingItem, error: ErrorData): SettledItem => {
      const failed = failedOnce(item, error);
      settled.set(item, failed);
      if (failed.status !== 'pending') return failed;
      const atLeastMs = typeof error.retry === 'object' ? error.retry.afterMs : 0;
      afterMs = Math.max(afterMs, backoffMs(Math.max(1, failed.attempts), ports.backoff, atLeastMs));
      return failed;
    };
    for (const item of work) {
      if (session.isStopping) break;
      const result = await hydrate(item, session, ports);
      // What was given up is no attempt.
      if (session.signal.aborted) throw new LaneLostError();
      if ('ready' in result) ready.push({ item, ready: result.ready });
      else if (fail(item, result.error).status === 'pending') break;
    }
    const results = await normalize(ready, session, ports);
    if ('error' in results) {
      for (const { item } of ready) fail(item, results.error);
    } else {
      for (const [index, { item }] of ready.entries()) {
        const result = results.all[index];
        if (result === undefined) continue;
        const events = await Promise.all(result.events.map((event) => planEvent(event, ports.catalog)));
        settled.set(item, normalized(item, events, result.quarantined, result.isFailed));
      }
    }
    const inOrder = work.flatMap((item) => settled.get(item) ?? []);
    const { wakeAfterMs } = await settle(ports, session, inOrder, afterMs);
    session.released({ wakeAfterMs });
  };
}

/** An error is the host's trouble, or its files': no item's fault, so that each of them waits. */
async function normalize(
  ready: readonly { ready: ReadyItem }[],
  { signal }: LaneSession<WaitingItem>,
  ports: ItemWorkerPorts,
): Promise<{ all: readonly NormalizedResult[] } | { error: ErrorData }> {
  try {
    const items = ready.map((one) => one.ready);
    return { all: await normalizeItems(items, ports, signal) };
  } catch (error) {
    if (signal.aborted) throw new LaneLostError();
    if (!OnceoverError.isInstance(error)) throw error;
    return { error: { ...errorToData(error), retry: 'later' } };
  }
}

/**
 * What cannot be stored must not block the lane, nor take along what stands before it: the first item is stored alone,
 * and only when that fails, too, it is tried again, and given up in the end.
 */
async function settle(
  { settler, log }: ItemWorkerPorts,
  { lane }: LaneSession<WaitingItem>,
  settled: readonly SettledItem[],
  afterMs: number,
): Promise<{ wakeAfterMs: number | null }> {
  const store = async (items: readonly SettledItem[], waitMs: number) => {
    const hasWorkLeft = await settler.settle(lane, items, waitMs);
    return { wakeAfterMs: waitMs === 0 && !hasWorkLeft ? null : waitMs };
  };
  const [first, ...others] = settled;
  const isOwnFault = (error: unknown) => !(error instanceof LaneLostError) && !isConnectionLost(error);
  let problem: unknown;
  try {
    return await store(settled, afterMs);
  } catch (error) {
    if (!isOwnFault(error) || first === undefined) throw error;
    problem = error;
  }
  if (others.length > 0) {
    try {
      return await store([first], first.status === 'pending' ? afterMs : 0);
    } catch (error) {
      if (!isOwnFault(error)) throw error;
      problem = error;
    }
  }
  const { item } = first;
  log.error({ err: problem, item: item.key, connection: item.connection }, 'an item cannot be stored');
  const failed = failedOnce(item, { ...errorToData(problem), retry: 'later' });
  return store([failed], failed.status === 'pending' ? 1000 : 0);
}

/** One more failed attempt: it waits for the next, or it is given up. */
function failedOnce(item: WaitingItem, error: ErrorData): SettledItem {
  // What never left is no attempt.
  const attempts = item.attempts + (heldBackReason(error) === undefined ? 1 : 0);
  if (attempts >= maxAttempts || isHopeless(error)) return abandoned(item, attempts, error);
  return { item, status: 'pending', attempts, error, events: [], quarantined: [], changes: [] };
}

async function hydrate(
  item: WaitingItem,
  session: LaneSession<WaitingItem>,
  { broker, sendMarginMs }: ItemWorkerPorts,
): Promise<{ ready: ReadyItem } | { error: ErrorData }> {
  let connection: ConnectionInfo | undefined;
  try {
    connection = await broker.connections.get(item.tenant, item.connection);
  } catch (error) {
    if (!OnceoverError.isInstance(error)) throw error;
    // Its connector's version is not loaded here: after the next start it may be.
    return { error: { ...errorToData(error), retry: 'later' } };
  }
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
