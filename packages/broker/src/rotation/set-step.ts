import type { RotationPorts } from './rotation-ports.ts';
import { hookFacts, type StepFacts, type StepResult } from './rotation-step.ts';
import { replyOf, runHook } from './run-hook.ts';
import { currentAndPending } from './secret-values.ts';

/** Tells the vendor our pending secret. */
export async function setStep(facts: StepFacts, ports: RotationPorts): Promise<StepResult> {
  const values = await currentAndPending(facts, ports);
  const result = await runHook(
    facts.holder,
    { ...hookFacts(facts), hook: 'set', as: 'current', values },
    ports,
  );
  const { vendorSecretId } = replyOf(result);
  return {
    change: { step: 'test', vendorSecretId },
    kind: 'rotation-set',
    payload: { vendorSecretId: vendorSecretId ?? null },
  };
}
