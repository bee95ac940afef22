import { parseJson, type WebhookManifest } from '@onceover/contract';
import type { Hook } from '@onceover/broker';
import {
  findKnownEvents,
  findKnownItems,
  isRefuted,
  nextDeliveries,
  type QueuedDeliveryRow,
  recordItems,
  type Store,
} from '@onceover/store';
import type { CountUp } from '../counters.ts';
import { commitFanOut, type CommitPorts } from '../events/commit-fan-out.ts';
import { keyOfEvent } from '../events/event.ts';
import { isContentAtFault } from '../events/storage-errors.ts';
import type { Log } from '../ports.ts';
import { malformedDelivery } from '../quarantine/quarantined.ts';
import type { DeliveryCache, ParsedDelivery } from './delivery-cache.ts';
import type { NormalizerPorts } from './normalize-items.ts';
import { identity, type PlannedItem, planItems } from './plan-items.ts';
import { readBody } from './read-body.ts';
import { type QueuedDelivery, splitDeliveries } from './split-deliveries.ts';

export interface HookReaderPorts extends NormalizerPorts, CommitPorts {
  store: Store;
  cache: DeliveryCache;
  countUp: CountUp;
  log: Log;
  onPendingItems: () => void;
}

/** A hook whose deliveries this runner may read. */
export interface HeldHook {
  hookId: string;
  tenant: string;
  epoch: number;
  leaseMs: number;
}

/** Deliveries read at once. */
export const maxDeliveries = 200;
const maxBytes = 4 * 1024 * 1024;
/**
 * So often a hook waits for a host in trouble. A registration's deliveries are several tenants': then what only one
 * tenant's host cannot take is quarantined, for the others' sake.
 */
const patientReads = 5;

/** What was read of a hook. */
export interface HookRead {
  count: number;
  /** The place of the last. */
  last: number;
  /** The next one's trigger is not known to this runner: another version's may read on. */
  isStuck: boolean;
}

/**
 * Reads a hook's next deliveries: items, events and runs in one transaction, in order of arrival. What cannot be stored
 * must not block those behind it: read alone, it is quarantined, when its content is at fault.
 * @throws when the hook is no longer held (see `isRefuted`), and what is not the content's fault
 */
export async function readHook(
  held: HeldHook,
  from: { after: number; limit: number; troubles: number },
  ports: HookReaderPorts,
  signal: AbortSignal,
): Promise<HookRead> {
  const { store, broker, cache, log } = ports;
  const { hookId } = held;
  const { after, limit } = from;
  const hook = await broker.connections.byHook(hookId);
  // A connection that is gone comes back with the next config, and its deliveries with it.
  if (hook === undefined) return { count: 0, last: after, isStuck: false };
  const cached = cache.snapshot(hookId, limit);
  const next = await nextDeliveries(store, { hookId, limit, known: [...cached.keys()], maxBytes, after });
  const rows = untilUnknown(hook, next);
  const isStuck = rows.length < next.length;
  if (rows.length === 0) return { count: 0, last: after, isStuck };
  for (const { id } of rows) cache.drop(hookId, id);
  try {
    const options = { signal, isPatient: from.troubles < patientReads };
    const repeated = await readItems(held, hook, { rows, cached }, ports, options);
    if (repeated > 0) ports.countUp(held.tenant, 'deduplicated', 'items', repeated);
  } catch (error) {
    if (rows.length > 1 || !isContentAtFault(error)) throw error;
    log.error(
      { err: error, hook: hookId, delivery: rows[0]?.id },
      'a delivery cannot be read: it is quarantined',
    );
    await record(held, ports, { rows, planned: [], unreadable: rows });
  }
  return { count: rows.length, last: rows.at(-1)?.seq ?? after, isStuck };
}

/** Deliveries up to one of a trigger that this runner's version of the connector does not have. */
function untilUnknown(hook: Hook, rows: readonly QueuedDeliveryRow[]): readonly QueuedDeliveryRow[] {
  const at = rows.findIndex(({ trigger }) => triggerOf(hook, trigger) === undefined);
  return at === -1 ? rows : rows.slice(0, at);
}

function triggerOf(hook: Hook, name: string): WebhookManifest | undefined {
  const { connector } = hook.kind === 'connection' ? hook.connection : hook.registration;
  return connector.manifest.triggers.find(
    (one): one is WebhookManifest => one.kind === 'webhook' && one.name === name,
  );
}

/** Gives how many items were known, or came twice. */
async function readItems(
  held: HeldHook,
  hook: Hook,
  { rows, cached }: { rows: readonly QueuedDeliveryRow[]; cached: ReadonlyMap<string, ParsedDelivery> },
  ports: HookReaderPorts,
  options: { signal: AbortSignal; isPatient: boolean },
): Promise<number> {
  const { deliveries, unreadable } = readRows(hook, rows, cached);
  const split = await splitDeliveries(hook, deliveries, ports);
  const seen = new Set<string>();
  const first = split.filter((item) => seen.size !== seen.add(identity(hook, item)).size);
  const planned = await planItems(hook, first, ports, options);
  const known = await record(held, ports, { rows, planned, unreadable });
  return split.length - first.length + known;
}

function readRows(
  hook: Hook,
  rows: readonly QueuedDeliveryRow[],
  cached: ReadonlyMap<string, ParsedDelivery>,
): { deliveries: QueuedDelivery[]; unreadable: QueuedDeliveryRow[] } {
  const deliveries: QueuedDelivery[] = [];
  const unreadable: QueuedDeliveryRow[] = [];
  for (const row of rows) {
    const trigger = triggerOf(hook, row.trigger);
    const parsed = cached.get(row.id) ?? (trigger && parseRow(trigger, row));
    if (trigger === undefined || parsed === undefined) unreadable.push(row);
    else deliveries.push({ ...parsed, id: row.id, seq: row.seq, trigger });
  }
  return { deliveries, unreadable };
}

function parseRow(trigger: WebhookManifest, row: QueuedDeliveryRow) {
  const body = row.body === null ? undefined : readBody(trigger, row.body);
  // Headers were written by us: names and texts.
  const headers = parseJson(row.headers ?? '{}') as Readonly<Record<string, string>>;
  return body && { items: body.items, headers };
}

interface ReadResult {
  rows: readonly QueuedDeliveryRow[];
  planned: readonly PlannedItem[];
  unreadable: readonly QueuedDeliveryRow[];
}

const maxAttempts = 5;

/** Stores what is new of it. Gives how many items were known. */
async function record(held: HeldHook, ports: HookReaderPorts, result: ReadResult): Promise<number> {
  const { store } = ports;
  let { planned } = result;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await storeAll(held, ports, { ...result, planned });
      return result.planned.length - planned.length;
    } catch (error) {
      const isLost = error instanceof Error && error.message === 'hook_lost';
      if (!isRefuted(error) || isLost || attempt >= maxAttempts) throw error;
    }
    const known = await findKnownItems(
      store,
      planned.map(({ row }) => row),
    );
    planned = await withoutKnownEvents(
      planned.filter((_, index) => !known.has(index)),
      store,
    );
  }
}

/** Another way (a poll, the API) may have brought an event that an item leads to. */
async function withoutKnownEvents(planned: readonly PlannedItem[], store: Store): Promise<PlannedItem[]> {
  const all = planned.flatMap(({ events }) => events.map(({ event }) => event));
  const known = await findKnownEvents(
    store,
    all.map(({ tenant, source, id }) => ({ tenant, source, id })),
  );
  const keys = new Set(all.filter((_, index) => known.has(index)).map(keyOfEvent));
  return planned.map((item) => ({
    ...item,
    events: item.events.filter(({ event }) => !keys.has(keyOfEvent(event))),
  }));
}

async function storeAll(held: HeldHook, ports: HookReaderPorts, result: ReadResult): Promise<void> {
  const { store, randomness, onPendingItems } = ports;
  const { planned, unreadable, rows } = result;
  const lanes = new Map<string, NonNullable<PlannedItem['lane']> & { pending: number }>();
  for (const { lane } of planned) {
    if (lane !== null) lanes.set(lane.id, { ...lane, pending: (lanes.get(lane.id)?.pending ?? 0) + 1 });
  }
  const malformed = unreadable.map(({ id, trigger }) => {
    const { tenant, hookId } = held;
    return malformedDelivery({ quarantineId: randomness.uuid(), id, tenant, hookId, trigger });
  });
  const items = {
    read: rows.map(({ seq }) => ({ seq })),
    items: planned.map(({ row }) => row),
    item_lanes: [...lanes.values()],
    quarantined: [...planned.flatMap((item) => item.quarantined), ...malformed],
  };
  const changes = planned.flatMap((item) => item.changes);
  await commitFanOut(distinctEvents(planned), changes, ports, async (claimer, fanOut) => ({
    claimed: await recordItems(store, held, claimer, { ...items, ...fanOut }),
  }));
  if (lanes.size > 0) onPendingItems();
}

/** Two items may lead to one event, where the trigger takes its id from the record. */
function distinctEvents(planned: readonly PlannedItem[]) {
  const seen = new Set<string>();
  return planned
    .flatMap(({ events }) => events)
    .filter(({ event }) => seen.size !== seen.add(keyOfEvent(event)).size);
}
