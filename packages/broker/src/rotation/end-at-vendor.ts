import type { RotationPorts } from './rotation-ports.ts';
import { isCredential } from './hook-credential.ts';
import { hookFacts, type StepFacts } from './rotation-step.ts';
import { hasHook, runHook } from './run-hook.ts';
import { currentAndPrevious } from './secret-values.ts';

/**
 * Ends a secret at the vendor, where the connector can. One whose id nobody knows ends itself: the request carries it.
 * @throws {OnceoverError} when it may still hold
 */
export async function endAtVendor(
  facts: StepFacts,
  ended: { vendorSecretId: string | null; reference: string; version: number },
  ports: RotationPorts,
): Promise<void> {
  const { holder, fact } = facts;
  if (!hasHook(holder, fact.name, 'revoke')) return;
  const values = await currentAndPrevious(facts, ports);
  const as = ended.vendorSecretId === null ? 'previous' : 'current';
  const { reply, seen } = await runHook(
    holder,
    { ...hookFacts(facts), ...ended, hook: 'revoke', as, values },
    ports,
  );
  // It cannot end itself any more: it has ended. What is no credential was not refused itself.
  const isGone = as === 'previous' && isCredential(fact) && seen.refused;
  if ('error' in reply && !isGone) throw reply.error;
}
