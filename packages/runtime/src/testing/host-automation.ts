import { serveAutomation } from '@onceover/automation/host';
import type { AutomationReply } from '@onceover/automation/host';
import { parseJson, stringifyJson } from '@onceover/contract';
import type { LoadedAutomation } from '../ports.ts';

/** An automation module behind the codec, as a host gives it to the runtime. */
export async function hostAutomation(
  id: string,
  module: object,
  tenant = 'default',
): Promise<LoadedAutomation> {
  const hosted = serveAutomation(module);
  const request: LoadedAutomation['request'] = async (message) => {
    const reply = await hosted.handle(
      parseJson(stringifyJson(message)),
      () => Promise.reject(new Error('automation code makes no calls')),
      AbortSignal.timeout(10_000),
    );
    return parseJson(stringifyJson(reply));
  };
  // The reply's shape is the authoring package's promise.
  const reply = (await request({ kind: 'describe' })) as unknown as AutomationReply;
  if (reply.kind !== 'described') throw new Error(`cannot describe: ${JSON.stringify(reply)}`);
  return { id, tenant, description: reply.automation, request };
}
