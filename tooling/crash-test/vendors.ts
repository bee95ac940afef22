import { sandbox as hubspotSandbox } from '@onceover/connector-hubspot/sandbox';
import { type RunningSandbox, startSandbox } from '@onceover/connector-kit/sandbox';
import { sandbox as stripeSandbox } from '@onceover/connector-stripe/sandbox';
import { sandbox as zendeskSandbox } from '@onceover/connector-zendesk/sandbox';
import { type SlowFront, startSlowFront } from './slow-front.ts';

export interface Vendor {
  connection: string;
  connector: string;
  running: RunningSandbox;
  front: SlowFront;
}

/** The three vendor fakes of the example, each behind a slow front. */
export async function startVendors(delayMs: () => number): Promise<readonly Vendor[]> {
  const start = async (connection: string, connector: string, running: RunningSandbox): Promise<Vendor> => ({
    connection,
    connector,
    running,
    front: await startSlowFront(running.url, delayMs),
  });
  return Promise.all([
    start('billing', 'stripe', await startSandbox(stripeSandbox)),
    start('crm', 'hubspot', await startSandbox(hubspotSandbox)),
    start('support', 'zendesk', await startSandbox(zendeskSandbox)),
  ]);
}

export async function stopVendors(vendors: readonly Vendor[]): Promise<void> {
  for (const { front, running } of vendors) {
    await front.close();
    await running.close();
  }
}
