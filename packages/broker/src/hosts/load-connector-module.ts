import { pathToFileURL } from 'node:url';
import { ConfigurationError, type HostedModule, isConnector, serveConnector } from '@onceover/contract';

/** Imports a connector's entry: an export `connector`, or the default. */
export async function loadConnectorModule(entry: string, integrity: string): Promise<HostedModule> {
  // The integrity names the content: a rebuilt connector is another module.
  const url = `${pathToFileURL(entry).href}?integrity=${encodeURIComponent(integrity)}`;
  const code = (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
  const connector = code['connector'] ?? code['default'];
  if (!isConnector(connector)) {
    throw new ConfigurationError(`${entry} exports no connector: export what defineConnector gives`, {
      code: 'connector_invalid',
    });
  }
  return serveConnector(connector);
}
