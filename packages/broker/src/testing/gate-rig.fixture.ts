import type { ConnectorDefinition, ErrorData } from '@onceover/contract';
import { openStore } from '@onceover/store';
import { createTestDatabase } from '@onceover/store/testing';
import type { OperationResult } from '../call-types.ts';
import type { ConnectionConfig, RegistrationConfig } from '../connections/connection-config.ts';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import { type Broker, createBroker } from '../create-broker.ts';
import type { EgressLimits } from '../egress/create-egress.ts';
import type { GateLimits } from '../rate/gate-limits.ts';
import { writeLimitedConnector } from './limited-connector.fixture.ts';
import { billing, testKeyring } from './open-test-broker.fixture.ts';
import { answerJson, startVendor, type Vendor } from './vendor.fixture.ts';

type Limit = NonNullable<ConnectorDefinition['rateLimits']>[number];

export interface GateRig extends AsyncDisposable {
  /** Each with a pool of its own on one database, as runners have. */
  brokers: readonly [Broker, Broker];
  vendor: Vendor;
  /** What the brokers counted, together. */
  counted: Map<string, number>;
}

/** Two runners' brokers, whose clocks differ by twenty minutes, before one vendor. */
export async function openGateRig(options: {
  limits?: readonly Partial<Limit>[];
  connections?: readonly (Partial<ConnectionConfig> & { id: string })[];
  registrations?: readonly RegistrationConfig[];
  gateLimits?: Partial<GateLimits>;
  egress?: Partial<EgressLimits>;
  random?: () => number;
}): Promise<GateRig> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const { folder } = stack.use(await writeLimitedConnector(options.limits ?? []));
  const connector = await loadConnectorFolder(folder);
  const vendor = stack.use(await startVendor());
  const keyring = testKeyring();
  const counted = new Map<string, number>();
  const { random, gateLimits, egress } = options;
  const open = async (skewMs: number) => {
    const store = await openStore({ url: database.url, applicationName: 'test', maxConnections: 5 });
    stack.defer(() => store.close());
    const broker = await createBroker({
      store,
      keyring,
      connectors: [connector],
      mode: 'development',
      clock: { now: () => new Date(Date.now() + skewMs), monotonicMs: () => performance.now() + skewMs },
      counters: {
        increment(name, labels) {
          const key = `${name} ${Object.values(labels).join(' ')}`;
          counted.set(key, (counted.get(key) ?? 0) + 1);
        },
      },
      ...(random && { random }),
      ...(gateLimits && { gateLimits }),
      ...(egress && { limits: egress }),
    });
    stack.defer(() => broker.close());
    return broker;
  };
  const brokers = [await open(600_000), await open(-600_000)] as const;
  const connections = (options.connections ?? [{ id: 'billing', rateLimits: { scale: 1 } }]).map((one) => ({
    ...billing(vendor),
    ...one,
  }));
  await brokers[0].connections.applyConfig({ registrations: options.registrations ?? [], connections });
  vendor.handle = answerJson(200, {});
  const rig: GateRig = {
    brokers,
    vendor,
    counted,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  return rig;
}

/** One request of a connection: `GET /orders/<connection>`, or what is given. */
export function callOf(
  broker: Broker,
  connection = 'billing',
  requests: readonly object[] = [{ method: 'GET', path: `/orders/${connection}` }],
  tenant = 'default',
): Promise<OperationResult> {
  return broker.call({
    tenant,
    connection,
    operation: 'probe.read',
    mode: 'execute',
    // What a test writes is JSON.
    input: { requests } as never,
    signal: AbortSignal.timeout(20_000),
  });
}

/** The error of a call, or undefined. */
export function errorOf({ reply }: OperationResult): ErrorData | undefined {
  return reply.kind === 'error' ? reply.error : undefined;
}

/** How long its error says to wait. */
export function afterMsOf(error: ErrorData | undefined): number {
  return typeof error?.retry === 'object' ? error.retry.afterMs : Number.NaN;
}

/** The most that any window holds, wherever it begins. */
export function mostInWindow(times: readonly number[], windowMs: number): number {
  const ordered = times.toSorted((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (const [index, time] of ordered.entries()) {
    while ((ordered[from] ?? 0) <= time - windowMs) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}
