import { findWebhook } from '@onceover/contract';
import type { Findings } from './findings.ts';
import { connectionId, registrationId, type VerifyRig } from './verify-rig.ts';

/** What the vendor calls. */
export function hookUrlOf({ connector }: VerifyRig, { runner }: Findings): string {
  const isRegistrations = findWebhook(connector.manifest)?.subscription?.per === 'registration';
  return `${runner.url}/v1/hooks/${isRegistrations ? registrationId : connectionId}`;
}
