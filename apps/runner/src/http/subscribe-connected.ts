import type { Broker } from '@onceover/broker';

/** Subscribes a connection that a person has just authorised, so that nobody has to ask for it. Nobody waits for it. */
export function subscribeConnected(
  { connections, subscriptions }: Pick<Broker, 'connections' | 'subscriptions'>,
  publicUrl: () => string,
): (connection: string) => void {
  const subscribe = async (id: string) => {
    const hook = await connections.byHook(id);
    if (hook?.kind !== 'connection') return;
    const { tenant } = hook.connection;
    await subscriptions.keep({ tenant, connection: id, publicUrl: publicUrl(), by: 'authorization' });
  };
  // What fails is kept with the subscription, and told by the next look.
  return (id) => void subscribe(id).catch(() => undefined);
}
