import { pathToFileURL } from 'node:url';
import { ConfigurationError, type HostedModule, isConnector, serveConnector } from '@onceover/contract';

/** Imports a connector's entry: an export `connector`, or the default. */
export async function loadConnectorModule(entry: string, integrity: string): Promise<HostedModule> {
  // The integrity names the content: a rebuilt connector is another module.
  const code = await importModule(`${pathToFileURL(entry).href}?integrity=${integrity}`);
  const connector = code['connector'] ?? code['default'];
  if (!isConnector(connector)) {
    throw new ConfigurationError(`${entry} exports no connector: export what defineConnector gives`, {
      code: 'connector_invalid',
    });
  }
  return serveConnector(connector);
}

/** Imports an automation bundle: its default export answers messages. */
export async function loadAutomationModule(file: string): Promise<HostedModule> {
  const { default: module } = await importModule(pathToFileURL(file).href);
  if (
    typeof module === 'object' &&
    module !== null &&
    'handle' in module &&
    typeof module.handle === 'function'
  ) {
    // It has `handle`; what that answers is checked message by message.
    return module as HostedModule;
  }
  throw new ConfigurationError(`${file} is no automation bundle: its default export has no handle()`, {
    code: 'automation_invalid',
  });
}

async function importModule(url: string): Promise<Record<string, unknown>> {
  return (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
}
