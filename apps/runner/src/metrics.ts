import type { Broker, BrokerOptions } from '@onceover/broker';
import type { Runtime } from '@onceover/runtime';
import type { Store } from '@onceover/store';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { RefusalCount } from './http/send-problem.ts';

export interface Metrics {
  /** Counts an answer that is a problem. */
  onRefused: RefusalCount;
  /** Counts what the broker sends, refuses and verifies. */
  broker: NonNullable<BrokerOptions['counters']>;
  /** From now on, what this runtime counts, and which connections this broker knows to be held back. */
  watch(runtime: Runtime, broker: Pick<Broker, 'listHeldBack'>): void;
  /** The text for Prometheus. */
  read(): Promise<{ contentType: string; body: string }>;
}

/** What the broker counts in this process: its labels, by name. */
const brokerCounters = {
  requests_sent: {
    help: 'Requests that went out to vendors.',
    labelNames: ['connector', 'operation', 'call'],
  },
  requests_refused: {
    help: 'Requests of connector code that were refused before a socket opened.',
    labelNames: ['connector', 'operation', 'code'],
  },
  requests_held_back: {
    help: 'Requests that were to wait before a socket opened: a budget used up, a pause asked for, a breaker open.',
    labelNames: ['connector', 'reason'],
  },
  breaker_changes: { help: 'Breakers that opened or closed.', labelNames: ['connector', 'state'] },
  writes: { help: 'Writes, by what is known of them.', labelNames: ['connector', 'operation', 'state'] },
  token_refreshes: { help: 'Refreshes of access tokens.', labelNames: ['connector', 'outcome'] },
  deliveries_checked: { help: 'Webhooks whose signature was checked.', labelNames: ['verdict'] },
};

/** Prometheus metrics: the environment's counters, read when they are asked for, and what this process knows itself. */
export function createMetrics({ store, environment }: { store: Store; environment: string }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  registry.setDefaultLabels({ environment });
  collectDefaultMetrics({ register: registry, prefix: 'onceover_process_' });
  new Gauge({
    name: 'onceover_database_connections',
    help: 'Connections to PostgreSQL in use, idle, and callers that wait for one.',
    labelNames: ['state'],
    registers,
    collect() {
      const { total, idle, waiting } = store.usage();
      this.set({ state: 'used' }, total - idle);
      this.set({ state: 'idle' }, idle);
      this.set({ state: 'waiting' }, waiting);
    },
  });
  const problems = new Counter({
    name: 'onceover_http_problems_total',
    help: 'Requests that this process answered with a problem.',
    labelNames: ['status', 'code', 'route'],
    registers,
  });
  const counters = Object.fromEntries(
    Object.entries(brokerCounters).map(([name, facts]) => [
      name,
      new Counter({ name: `onceover_broker_${name}_total`, registers, ...facts }),
    ]),
  );
  return {
    onRefused: ({ status, code, route }) => problems.inc({ status, code, route }),
    broker: { increment: (name, labels) => counters[name]?.inc(labels) },
    watch(runtime, broker) {
      watchRuntime(runtime, registers);
      watchHeldBack(broker, registers);
    },
    read: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

function watchHeldBack(broker: Pick<Broker, 'listHeldBack'>, registers: Registry[]): void {
  new Gauge({
    name: 'onceover_connections_held_back',
    help: 'Connections none of whose calls goes out: 1, by reason (pause: the vendor asked for it; breaker: it fails).',
    labelNames: ['tenant', 'connection', 'reason'],
    registers,
    async collect() {
      const held = await broker.listHeldBack().catch(() => undefined);
      if (held === undefined) return;
      this.reset();
      for (const { tenant, connection, reason } of held) this.set({ tenant, connection, reason }, 1);
    },
  });
}

function watchRuntime(runtime: Runtime, registers: Registry[]): void {
  new Gauge({
    name: 'onceover_runner_finished_runs',
    help: 'How many runs this process has ended since its start.',
    registers,
    collect() {
      this.set(runtime.gauges().finishedRuns);
    },
  });
  new Gauge({
    name: 'onceover_total',
    help: 'What this environment has counted, by name and label (received, rejected, deduplicated, events, runs, effects …).',
    labelNames: ['name', 'label'],
    registers,
    async collect() {
      // What cannot be counted in time keeps its last values: the other metrics matter most just then.
      const counted = await runtime.counters().catch(() => undefined);
      if (counted === undefined) return;
      this.reset();
      for (const { name, label, value } of counted) this.set({ name, label }, value);
    },
  });
  new Gauge({
    name: 'onceover_active',
    help: 'What this process works on now: lanes of runs, records that are hydrated, events that wait to be stored.',
    labelNames: ['name'],
    registers,
    collect() {
      const { activeLanes, activeItemLanes, queuedEvents } = runtime.gauges();
      this.set({ name: 'lanes' }, activeLanes);
      this.set({ name: 'item_lanes' }, activeItemLanes);
      this.set({ name: 'queued_events' }, queuedEvents);
    },
  });
}
