import { type ErrorData, guaranteeClass } from '@onceover/contract';
import type { CallVerdict } from './run.ts';
import type { WorkContext } from './work-context.ts';
import type { EffectState, IterationState } from './write-state.ts';

/** The effects stay at `outcome_unknown` until a person says what became of them. */
export function concludeUnknown(
  context: WorkContext,
  step: { id: string },
  iteration: IterationState,
  effects: readonly EffectState[],
  error: ErrorData,
): CallVerdict {
  for (const effect of effects) {
    if (effect.outcome !== 'outcome_unknown') {
      conclude(context, step, iteration, effect, { outcome: 'outcome_unknown', error });
    }
  }
  return { kind: 'ask', error };
}

/** Writes an effect's outcome down, with its link and its line in the audit log. */
export function conclude(
  { writes, run }: WorkContext,
  step: { id: string },
  iteration: IterationState,
  effect: EffectState,
  result: { outcome: NonNullable<EffectState['outcome']>; vendorId?: string; error?: ErrorData },
): void {
  const { outcome, vendorId = null, error = null } = result;
  effect.outcome = outcome;
  effect.vendorId = vendorId;
  effect.error = error;
  writes.setOutcome(placeOf(run.id, step.id, effect), factsOf(effect));
  if (vendorId !== null) {
    writes.addLink({
      tenant: run.tenant,
      connection: iteration.connection,
      resource: iteration.manifest.resource,
      natural_key: effect.naturalKey,
      vendor_id: vendorId,
    });
  }
  writes.changes.push({
    tenant: run.tenant,
    kind: 'effect-concluded',
    subject: effect.key,
    payload: { outcome, vendorId, code: error?.code ?? null },
  });
}

export function placeOf(runId: string, stepId: string, effect: EffectState) {
  return { run_id: runId, step_id: stepId, iteration: effect.iteration, position: effect.position };
}

export function factsOf({ call, attempts, outcome, vendorId, error }: EffectState) {
  return {
    call,
    attempts,
    outcome,
    vendor_id: vendorId,
    error: error === null ? null : JSON.stringify(error),
  };
}

/** A new effect's row. */
export function effectRow(
  { run }: WorkContext,
  step: { id: string; operation: string },
  { connection, manifest }: IterationState,
  effect: EffectState,
) {
  return {
    ...placeOf(run.id, step.id, effect),
    ...factsOf(effect),
    tenant: run.tenant,
    key: effect.key,
    connection,
    operation: step.operation,
    natural_key: effect.naturalKey,
    guarantee: manifest.guarantee.kind,
    class: guaranteeClass(manifest.guarantee),
  };
}
