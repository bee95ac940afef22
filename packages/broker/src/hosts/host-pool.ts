import { readFile, realpath } from 'node:fs/promises';
import type { LoadedConnector } from '../call-types.ts';
import { requireSameFiles } from '../connectors/require-same-files.ts';
import { type Log, silentLog } from '../ports.ts';
import { checkedConnectorHost } from './checked-connector-host.ts';
import { createInlineHost } from './create-inline-host.ts';
import { createJailMaker } from './create-jail.ts';
import {
  createIsolatedHost,
  hostProgramFiles,
  type IsolatedHost,
  type IsolatedHostOptions,
  type IsolationPorts,
  type PreparedCode,
} from './create-isolated-host.ts';
import type { Host, IsolationLevel } from './host.ts';
import { findHostTools, hostProgram, type HostProgram } from './host-command.ts';
import { hostClosed } from './host-errors.ts';
import { defaultHostLimits, type HostLimits } from './host-limits.ts';
import { type HostTimers, systemTimers } from './host-timers.ts';
import { createHostUids } from './host-uids.ts';
import { loadAutomationModule } from './load-automation-module.ts';
import { loadConnectorModule } from './load-connector-module.ts';
import { readablePackage } from './readable-files.ts';

/** The hosts of this process: one for each tenant and connector version, one for each tenant's bundle. */
export interface HostPool {
  readonly level: IsolationLevel;
  connector(tenant: string, connector: LoadedConnector): Host;
  automation(tenant: string, bundleFile: string): Host;
  /** Loads a connector's code before the first call, where it has a process of its own. Never rejects. */
  warm(tenant: string, connector: LoadedConnector): Promise<void>;
  close(): Promise<void>;
}

export interface HostPoolOptions {
  level: IsolationLevel;
  limits?: Partial<HostLimits>;
  timers?: HostTimers;
  log?: Log;
  random?: () => number;
  /** What the processes run; that of this package unless given. */
  program?: HostProgram;
}

export function createHostPool(options: HostPoolOptions = { level: 'inline' }): HostPool {
  const { level } = options;
  const makers = level === 'inline' ? inlineMakers : isolatedMakers({ ...options, level });
  const hosts = new Map<string, Host>();
  let isClosed = false;
  const hostOf = (key: readonly string[], open: () => Host): Host => {
    if (isClosed) throw hostClosed();
    const name = JSON.stringify(key);
    const known = hosts.get(name);
    if (known !== undefined) return known;
    const opened = open();
    hosts.set(name, opened);
    return opened;
  };
  const connectorHost: HostPool['connector'] = (tenant, connector) =>
    hostOf(['connector', tenant, connector.id, connector.version, connector.integrity], () =>
      checkedConnectorHost(makers.connector(tenant, connector), connector),
    );
  return {
    level,
    connector: connectorHost,
    automation: (tenant, bundleFile) =>
      hostOf(['automation', tenant, bundleFile], () => makers.automation(tenant, bundleFile)),
    async warm(tenant, connector) {
      if (level === 'inline' || isClosed) return;
      try {
        // The first request of any kind loads the code and compares its manifest.
        await connectorHost(tenant, connector).request(
          { kind: 'manifest' },
          noCallback,
          new AbortController().signal,
        );
      } catch (err) {
        const log = options.log ?? silentLog;
        log.warn({ err, tenant, connector: connector.id }, 'a connector could not be loaded in advance');
      }
    },
    async close() {
      isClosed = true;
      await Promise.all([...hosts.values()].map((host) => host.close()));
      hosts.clear();
    },
  };
}

const noCallback = async () => null;

interface HostMakers {
  connector(tenant: string, connector: LoadedConnector): Host;
  automation(tenant: string, bundleFile: string): Host;
}

const inlineMakers: HostMakers = {
  connector: (_tenant, connector) =>
    createInlineHost(async () => {
      await requireSameFiles(connector);
      return loadConnectorModule(connector.entry, connector.integrity);
    }),
  automation: (_tenant, bundleFile) => createInlineHost(() => loadAutomationModule(bundleFile)),
};

function isolatedMakers(options: HostPoolOptions & { level: IsolationPorts['level'] }): HostMakers {
  const { level, timers = systemTimers, log = silentLog, random = Math.random } = options;
  const { program = hostProgram } = options;
  const limits = { ...defaultHostLimits, ...options.limits };
  const hosts: IsolatedHost[] = [];
  const tools = findHostTools();
  const ports: IsolationPorts = {
    level,
    limits,
    timers,
    random,
    uids: createHostUids(random),
    program,
    programFiles: hostProgramFiles(program),
    tools,
    jail: createJailMaker(tools),
    onOutput: (host, stream, text) => log.warn({ host, stream }, `code printed: ${text}`),
    onStart() {
      const running = hosts.filter((host) => host.isRunning);
      const idle = running.filter((host) => host.inFlight === 0).sort((a, b) => a.usedAt - b.usedAt);
      // The one that starts counts among them.
      for (const host of idle.slice(0, Math.max(0, running.length - limits.maxProcesses))) host.release();
    },
  };
  ports.programFiles.catch(() => undefined);
  const open = (host: IsolatedHostOptions) => {
    const opened = createIsolatedHost(host, ports);
    hosts.push(opened);
    return opened;
  };
  return {
    connector(tenant, connector) {
      const { id, version } = connector;
      return open({
        name: `the connector ${id} ${version} (tenant ${tenant})`,
        prepare: () => prepareConnector(connector),
      });
    },
    automation: (tenant, bundleFile) =>
      open({
        name: `the automation ${bundleFile} (tenant ${tenant})`,
        async prepare() {
          const source = await readFile(bundleFile, 'utf8');
          return {
            code: { kind: 'automation', file: bundleFile, source },
            readable: { paths: [], packages: {} },
          };
        },
      }),
  };
}

/** @throws {ConfigurationError} `connector_changed`, `symlink_leads_out` */
async function prepareConnector(connector: LoadedConnector): Promise<PreparedCode> {
  const { folder, entry, integrity } = connector;
  await requireSameFiles(connector);
  return {
    // The real one: the process may read what links lead to, and nothing on the way there.
    code: { kind: 'connector', entry: await realpath(entry), integrity },
    readable: await readablePackage(await realpath(folder), { entries: ['dist'] }),
  };
}
