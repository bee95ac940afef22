import type { Runtime } from '@onceover/runtime';
import type { Store } from '@onceover/store';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Prometheus metrics, read from the runtime's counters when they are asked for. */
export function createMetrics(options: {
  runtime: Runtime;
  store: Store;
  environment: string;
}): () => Promise<{ contentType: string; body: string }> {
  const { runtime, store, environment } = options;
  const registry = new Registry();
  registry.setDefaultLabels({ environment });
  collectDefaultMetrics({ register: registry, prefix: 'onceover_process_' });
  new Gauge({
    name: 'onceover_total',
    help: 'What this environment has counted, by name and label (received, rejected, deduplicated, events, runs, effects …).',
    labelNames: ['name', 'label'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { name, label, value } of await runtime.counters()) this.set({ name, label }, value);
    },
  });
  new Gauge({
    name: 'onceover_database_connections',
    help: 'Connections to PostgreSQL in use, idle, and callers that wait for one.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { total, idle, waiting } = store.usage();
      this.set({ state: 'used' }, total - idle);
      this.set({ state: 'idle' }, idle);
      this.set({ state: 'waiting' }, waiting);
    },
  });
  return async () => ({ contentType: registry.contentType, body: await registry.metrics() });
}
