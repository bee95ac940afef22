import type { Broker } from '@onceover/broker';
import type { Runtime } from '@onceover/runtime';
import { createLog } from '../create-log.ts';
import { createServer, type ServerOptions } from '../http/server.ts';

/** The HTTP API over a runtime of which only the given parts exist. It does not listen: use `inject`. */
export function stubServer(
  runtime: Partial<Runtime> = {},
  options: Partial<Omit<ServerOptions, 'runtime'>> = {},
): ReturnType<typeof createServer> {
  return createServer({
    // What a test does not give, it does not reach: anything else fails it.
    runtime: runtime as Runtime,
    broker: {
      // What no test here reaches.
      oauth: {} as Broker['oauth'],
      connections: {} as Broker['connections'],
      subscriptions: {} as Broker['subscriptions'],
      rotations: { list: async () => [] } as Partial<Broker['rotations']> as Broker['rotations'],
      releases: { list: async () => [], release: () => Promise.reject(new Error('this test has no broker')) },
      scopeTable: () => Promise.reject(new Error('this test has no broker')),
    },
    keyring: {} as ServerOptions['keyring'],
    log: createLog({ name: 'test', logLevel: 'silent' }, { write: () => {} }),
    mode: 'development',
    host: '127.0.0.1',
    apiKey: undefined,
    isolation: 'inline',
    publicUrl: () => 'https://hooks.example.com',
    readiness: async () => ({
      status: 'ready',
      environment: 'test',
      mode: 'development',
      isolation: 'inline',
      schemaVersion: 3,
      auditRole: 'separate',
    }),
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
    onRefused: () => {},
    ...options,
  });
}
