import type { LoadedConnector } from '../call-types.ts';
import { createHostPool } from './host-pool.ts';
import type { IsolationLevel } from './host.ts';

const tryMs = 30_000;

/**
 * Loads a connector's code as a runner does: its files are those that were read, it starts in a host of this level, and
 * it declares the manifest of its file. Nothing is called.
 * @throws {ConfigurationError} `connector_changed`, `connector_load`, `manifest_differs`, and what a host says
 */
export async function tryConnectorCode(connector: LoadedConnector, level: IsolationLevel): Promise<void> {
  const hosts = createHostPool({ level });
  try {
    const host = hosts.connector('verify', connector);
    await host.request({ kind: 'manifest' }, async () => null, AbortSignal.timeout(tryMs));
  } finally {
    await hosts.close();
  }
}
