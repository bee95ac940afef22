import { randomUUID } from 'node:crypto';
import type { Store } from '@onceover/store';
import { createLeafBuilder } from './audit/build-leaves.ts';
import { createCatalog } from './automations/catalog.ts';
import { createLaneEngine } from './engine/lane-engine.ts';
import { createRunLanes } from './effects/run-lanes.ts';
import { createRunWorker } from './effects/run-worker.ts';
import { createWorkSaver } from './effects/save-work.ts';
import { createEventAcceptor, type AcceptedEvents } from './events/accept-events.ts';
import { createEventRecorder } from './events/record-events.ts';
import {
  type BrokerPort,
  type Clock,
  type LoadedAutomation,
  type Log,
  type Randomness,
  systemClock,
  systemRandomness,
} from './ports.ts';

export interface RuntimeOptions {
  store: Store;
  broker: BrokerPort;
  automations: readonly LoadedAutomation[];
  log: Log;
  clock?: Clock;
  randomness?: Randomness;
  options?: Partial<RuntimeTuning>;
}

/** What may be tuned; the defaults are production's. */
export interface RuntimeTuning {
  leaseMs: number;
  /** Lanes worked on at once. */
  concurrency: number;
  pollMs: number;
  /** A lease must last for this long yet when something is sent. */
  sendMarginMs: number;
  retryBaseMs: number;
  retryCapMs: number;
  /** How many runs of a lane are taken at a time. */
  runsPerLane: number;
}

const defaults: RuntimeTuning = {
  leaseMs: 10_000,
  concurrency: 64,
  pollMs: 1000,
  sendMarginMs: 2000,
  retryBaseMs: 1000,
  retryCapMs: 15 * 60_000,
  runsPerLane: 50,
};

export interface Runtime {
  acceptEvents(request: { tenant: string; envelopes: readonly unknown[] }): Promise<AcceptedEvents>;
  start(): Promise<void>;
  stop(options: { timeoutMs: number }): Promise<void>;
}

export async function createRuntime(given: RuntimeOptions): Promise<Runtime> {
  const { store, broker, automations, log, clock = systemClock, randomness = systemRandomness } = given;
  const tuning = { ...defaults, ...given.options };
  const catalog = createCatalog(automations);
  const buildLeaves = createLeafBuilder({ clock, randomness });
  const owner = randomUUID();
  const recorder = createEventRecorder({
    store,
    catalog,
    randomness,
    isolation: broker.isolation,
    buildLeaves,
    onRecorded: ({ runs }) => {
      if (runs > 0) engine.wake();
    },
  });
  const saver = createWorkSaver({ store, buildLeaves, log });
  const handle = createRunWorker({
    store,
    broker,
    catalog,
    recorder,
    saver,
    clock,
    log,
    backoff: { baseMs: tuning.retryBaseMs, capMs: tuning.retryCapMs, fraction: randomness.fraction },
    sendMarginMs: tuning.sendMarginMs,
    onRunFinished: () => {},
  });
  const engine = createLaneEngine({
    port: createRunLanes({ store, owner, runsPerLane: tuning.runsPerLane }),
    handle,
    clock,
    log,
    leaseMs: tuning.leaseMs,
    concurrency: tuning.concurrency,
    pollMs: tuning.pollMs,
    failurePauseMs: 1000,
  });
  return {
    acceptEvents: createEventAcceptor({ catalog, recorder, clock }),
    async start() {
      engine.start();
    },
    stop: (options) => engine.stop(options),
  };
}
