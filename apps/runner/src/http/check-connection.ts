import type { Broker } from '@onceover/broker';
import type { Runtime } from '@onceover/runtime';
import { type ConnectionCheck, checksOf } from './connection-checks.ts';
import { connectionSchema } from './list-schemas.ts';
import { Problem } from './problem.ts';

export interface CheckPorts {
  runtime: Pick<Runtime, 'listConnections'>;
  subscriptions: Broker['subscriptions'];
  publicUrl: () => string;
}

/** The tenant's connection, as lists show it. @throws {Problem} 404 */
export async function requireConnection(
  { runtime }: Pick<CheckPorts, 'runtime'>,
  tenant: string,
  id: string,
) {
  const found = (await runtime.listConnections({ tenant })).find((one) => one.id === id);
  if (found === undefined) throw unknownConnection(id);
  return found;
}

export function unknownConnection(id: string): Problem {
  return new Problem(404, 'connection_unknown', `There is no connection "${id}" in this tenant.`);
}

/**
 * The list of what a connection needs, each item seen.
 * @param by who has the subscription brought about; undefined to look alone
 */
export async function checkConnection(
  { tenant, id, by }: { tenant: string; id: string; by: string | undefined },
  ports: CheckPorts,
): Promise<ConnectionCheck[]> {
  const { subscriptions, publicUrl } = ports;
  await requireConnection(ports, tenant, id);
  const asked = { tenant, connection: id, publicUrl: publicUrl() };
  const subscription = await (by === undefined
    ? subscriptions.look(asked)
    : subscriptions.keep({ ...asked, by }));
  const { hook } = subscription;
  const lastDelivery = hook === null ? undefined : await subscriptions.lastDelivery(hook.id);
  const connection = connectionSchema.parse(await requireConnection(ports, tenant, id));
  return checksOf(connection, { subscription, lastDelivery });
}
