import type { LoadedConnector } from '../call-types.ts';
import { checkedConnectorHost } from './checked-connector-host.ts';
import { createInlineHost } from './create-inline-host.ts';
import type { Host, IsolationLevel } from './host.ts';
import { loadAutomationModule, loadConnectorModule } from './load-module.ts';

/** The hosts of this process: one for each tenant and connector version, one for each tenant's bundle. */
export interface HostPool {
  readonly level: IsolationLevel;
  connector(tenant: string, connector: LoadedConnector): Host;
  automation(tenant: string, bundleFile: string): Host;
  close(): Promise<void>;
}

export function createHostPool(): HostPool {
  const hosts = new Map<string, Host>();
  const hostOf = (key: string, open: () => Host): Host => {
    const known = hosts.get(key);
    if (known !== undefined) return known;
    const opened = open();
    hosts.set(key, opened);
    return opened;
  };
  return {
    level: 'inline',
    connector: (tenant, connector) =>
      hostOf(`connector\n${tenant}\n${connector.id}\n${connector.version}\n${connector.integrity}`, () =>
        checkedConnectorHost(
          createInlineHost(() => loadConnectorModule(connector.entry, connector.integrity)),
          connector,
        ),
      ),
    automation: (tenant, bundleFile) =>
      hostOf(`automation\n${tenant}\n${bundleFile}`, () =>
        createInlineHost(() => loadAutomationModule(bundleFile)),
      ),
    async close() {
      await Promise.all([...hosts.values()].map((host) => host.close()));
      hosts.clear();
    },
  };
}
