import { randomUUID } from 'node:crypto';
import type { LoadedConnector } from '@onceover/broker';
import { createRunPartitions, hasWork, listConnections, type Store } from '@onceover/store';
import { createLeafBuilder } from './audit/build-leaves.ts';
import { createCatalog } from './automations/catalog.ts';
import { createCounters } from './counters.ts';
import { createRunLanes } from './effects/run-lanes.ts';
import { createRunWorker } from './effects/run-worker.ts';
import { createWorkSaver } from './effects/save-work.ts';
import { createLaneEngine, type LaneTaker } from './engine/lane-engine.ts';
import { type AcceptedEvents, createEventAcceptor } from './events/accept-events.ts';
import { createEventRecorder } from './events/record-events.ts';
import type { Run } from './events/run.ts';
import {
  type AcceptedDelivery,
  createDeliveryAcceptor,
  type DeliveryRequest,
} from './ingress/accept-delivery.ts';
import { createDeliveryCache } from './ingress/delivery-cache.ts';
import { createHookReaders } from './ingress/hook-readers.ts';
import { createItemLanes } from './ingress/item-lanes.ts';
import { createItemWorker } from './ingress/item-worker.ts';
import { createItemSettler } from './ingress/settle-items.ts';
import { createLists, type Lists } from './lists/create-lists.ts';
import {
  showConnection,
  showConnector,
  showEventType,
  showFlow,
  type ShownConnection,
  type ShownConnector,
  type ShownEventType,
  type ShownFlow,
} from './lists/show-loaded.ts';
import {
  type BrokerPort,
  type Clock,
  createRandomness,
  type LoadedAutomation,
  type Log,
  type Randomness,
  systemClock,
} from './ports.ts';
import { defaultTuning, type RuntimeTuning } from './tuning.ts';
import { createWorkSignals } from './work-signals.ts';

export interface RuntimeOptions {
  store: Store;
  /** For what is only shown: its statements may be slow, and must not hold up the work's. The store, unless given. */
  lists?: Store;
  broker: BrokerPort;
  connectors: readonly LoadedConnector[];
  automations: readonly LoadedAutomation[];
  log: Log;
  /** Names this runner and its database in every log line. */
  environment: string;
  clock?: Clock;
  randomness?: Randomness;
  options?: Partial<RuntimeTuning>;
}

/** Deliveries and events in, effects out; and what became of them. */
export interface Runtime extends Lists {
  /** Resolves when the delivery is durable, or says why it is not. */
  acceptDelivery(request: DeliveryRequest): Promise<AcceptedDelivery>;
  /** All of the events are recorded, or none. @throws {QueueFullError} when too many wait */
  acceptEvents(request: { tenant: string; envelopes: readonly unknown[] }): Promise<AcceptedEvents>;
  eventTypes(): readonly ShownEventType[];
  flows(query: { tenant: string }): readonly ShownFlow[];
  listConnections(query: { tenant: string }): Promise<readonly ShownConnection[]>;
  listConnectors(): readonly ShownConnector[];
  /** What was received, rejected, deduplicated; items, events, runs and effects by what became of them. */
  counters(): Promise<readonly { name: string; label: string; value: number }[]>;
  /** What this process is at now, and how many runs it has ended. */
  gauges(): { activeLanes: number; activeItemLanes: number; queuedEvents: number; finishedRuns: number };
  /** Resolves when nothing is left that moves by itself, on any runner; asks the database. */
  idle(options?: { signal?: AbortSignal; pollMs?: number }): Promise<void>;
  start(): Promise<void>;
  /** Claims no more, finishes what is under way or gives it back. Safe to call twice. */
  stop(options: { timeoutMs: number }): Promise<void>;
}

const partitionDays = 7;
const counterFlushMs = 1000;
const partitionCheckMs = 6 * 3_600_000;

/** @throws {ConfigurationError} for automations that this version cannot run */
export async function createRuntime(given: RuntimeOptions): Promise<Runtime> {
  const { store, lists: shown = store, broker, connectors, log } = given;
  const { clock = systemClock, randomness = createRandomness() } = given;
  const tuning = { ...defaultTuning, ...given.options };
  const { leaseMs, pollMs, sendMarginMs } = tuning;
  const catalog = createCatalog(given.automations);
  const buildLeaves = createLeafBuilder({ clock, randomness });
  const counters = createCounters({ store, shown, log });
  const { countUp } = counters;
  const owner = randomUUID();
  const { isolation } = broker;
  const backoff = {
    baseMs: tuning.retryBaseMs,
    capMs: tuning.retryCapMs,
    fraction: randomness.fraction,
  };
  const signals = createWorkSignals({
    store,
    owner,
    log,
    onSignal(signal) {
      if (signal.kind === 'runs') runEngine.wake();
      else if (signal.kind === 'items') itemEngine.wake();
      else readers.wake(signal.hookId, signal.tenant);
    },
  });
  let finishedRuns = 0;
  const onRuns = () => {
    runEngine.wake();
    signals.publish({ kind: 'runs' });
  };
  const lanes: LaneTaker<Run> = {
    reserve: (wanted) => runEngine.reserve(wanted),
    take: (...taken) => runEngine.take(...taken),
  };
  const fanOut = {
    store,
    catalog,
    randomness,
    isolation,
    clock,
    buildLeaves,
    lanes,
    owner,
    leaseMs,
    onRuns,
  };
  const recorder = createEventRecorder(fanOut);
  const normalizing = { broker, catalog, clock, randomness };

  const runEngine = createLaneEngine({
    port: createRunLanes({ store, owner, runsPerLane: tuning.runsPerLane, clock }),
    handle: createRunWorker({
      store,
      broker,
      catalog,
      recorder,
      saver: createWorkSaver({
        store,
        buildLeaves,
        clock,
        log,
        onFinished: (runs) => {
          finishedRuns += runs;
        },
      }),
      clock,
      log,
      backoff,
      sendMarginMs,
    }),
    clock,
    log,
    leaseMs,
    concurrency: tuning.concurrency,
    pollMs,
    failurePauseMs: 1000,
  });
  const itemEngine = createLaneEngine({
    port: createItemLanes({ store, owner }),
    handle: createItemWorker({
      ...normalizing,
      settler: createItemSettler(fanOut),
      log,
      backoff,
      sendMarginMs,
    }),
    clock,
    log,
    leaseMs,
    concurrency: tuning.itemConcurrency,
    pollMs,
    failurePauseMs: 1000,
  });
  const cache = createDeliveryCache({ clock });
  const readers = createHookReaders({
    ...fanOut,
    ...normalizing,
    cache,
    countUp,
    log,
    onPendingItems() {
      itemEngine.wake();
      signals.publish({ kind: 'items' });
    },
    owner,
    leaseMs,
    pollMs,
  });

  const timers: NodeJS.Timeout[] = [];
  let stopping: Promise<void> | undefined;
  const makePartitions = async () => {
    try {
      await createRunPartitions(store, partitionDays);
    } catch (error) {
      log.warn({ err: error }, 'partitions for finished runs could not be made; the default one takes them');
    }
  };
  const stopAll = async (timeoutMs: number) => {
    for (const timer of timers) clearInterval(timer);
    await signals.stop();
    await Promise.all([
      readers.stop({ timeoutMs }),
      itemEngine.stop({ timeoutMs }),
      runEngine.stop({ timeoutMs }),
    ]);
    await counters.flush();
  };

  return {
    ...createLists({ store: shown }),
    acceptDelivery: createDeliveryAcceptor({
      store,
      broker,
      buildLeaves,
      randomness,
      countUp,
      log,
      cache,
      onQueued(hookId, tenant) {
        readers.wake(hookId, tenant);
        signals.publish({ kind: 'hook', hookId, tenant });
      },
      maxQueued: tuning.maxQueuedDeliveries,
    }),
    acceptEvents: createEventAcceptor({ catalog, recorder, clock }),
    eventTypes: () => catalog.eventTypes.map(showEventType),
    flows: ({ tenant }) => catalog.flows.filter((flow) => flow.tenant === tenant).map(showFlow),
    listConnections: async ({ tenant }) => (await listConnections(shown, tenant)).map(showConnection),
    listConnectors: () => connectors.map(showConnector),
    counters: counters.read,
    gauges: () => ({
      activeLanes: runEngine.active,
      activeItemLanes: itemEngine.active,
      queuedEvents: recorder.size,
      finishedRuns,
    }),
    async idle({ signal, pollMs: everyMs = 50 } = {}) {
      while (await hasWork(store)) {
        signal?.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    },
    async start() {
      await makePartitions();
      timers.push(
        setInterval(() => void counters.flush(), counterFlushMs),
        setInterval(() => void makePartitions(), partitionCheckMs),
      );
      for (const timer of timers) timer.unref();
      await signals.start();
      readers.start();
      itemEngine.start();
      runEngine.start();
      log.info({ environment: given.environment, runner: owner, isolation }, 'runtime started');
    },
    stop({ timeoutMs }) {
      stopping ??= stopAll(timeoutMs);
      return stopping;
    },
  };
}
