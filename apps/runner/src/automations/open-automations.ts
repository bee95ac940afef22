import type { AutomationDescription, AutomationReply } from '@onceover/automation/host';
import type { Broker } from '@onceover/broker';
import { ConfigurationError } from '@onceover/contract';
import type { LoadedAutomation } from '@onceover/runtime';
import type { AutomationBundle } from './bundle-automations.ts';

/**
 * Opens each bundle in a host for each tenant, and asks what it declares.
 * @throws {ConfigurationError} for a module that cannot be loaded, two flows with one id and version, or a policy
 */
export async function openAutomations(options: {
  broker: Pick<Broker, 'openAutomation'>;
  bundles: readonly AutomationBundle[];
  tenants: readonly string[];
}): Promise<readonly LoadedAutomation[]> {
  const { broker, bundles, tenants } = options;
  const opened: LoadedAutomation[] = [];
  for (const tenant of tenants) {
    const flows = new Map<string, string>();
    // All at once: each is loaded in a process of its own.
    const answers = await Promise.all(
      bundles.map(async (bundle) => {
        const automation = broker.openAutomation({ tenant, bundleFile: bundle.file });
        // The reply's shape is the authoring package's promise; both sides are built together.
        const reply = (await automation.request({ kind: 'describe' })) as unknown as AutomationReply;
        return { ...bundle, automation, reply };
      }),
    );
    for (const { id, folder, automation, reply } of answers) {
      if (reply.kind !== 'described') {
        const reason = reply.kind === 'error' ? reply.error.message : `it answered "${reply.kind}"`;
        throw new ConfigurationError(
          `Automation ${id} (${folder}) cannot be loaded: ${reason}. Correct it, or remove it from "automations".`,
          { code: 'automation_invalid', path: '/automations' },
        );
      }
      refuse(id, folder, reply.automation, flows);
      opened.push({ id, tenant, description: reply.automation, request: automation.request });
    }
  }
  return opened;
}

function refuse(
  id: string,
  folder: string,
  { flows: own, policies }: AutomationDescription,
  flows: Map<string, string>,
): void {
  const [policy] = policies;
  if (policy !== undefined) {
    throw new ConfigurationError(
      `Automation ${id} (${folder}) has the policy "${policy.id}", and this version does not decide policies yet: its writes would go out unasked. Remove it from "automations" until it does.`,
      { code: 'policy_not_enforced', path: '/automations' },
    );
  }
  for (const flow of own) {
    // Two versions of a flow live side by side: runs end on the one that they began with.
    const name = `${flow.id}@${flow.version}`;
    const other = flows.get(name);
    if (other !== undefined) {
      throw new ConfigurationError(
        `Flow ${name} is defined twice: in ${other} and in ${folder}. Rename one, or raise its version.`,
        { code: 'flow_twice', path: '/automations' },
      );
    }
    flows.set(name, folder);
  }
}
