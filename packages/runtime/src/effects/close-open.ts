import { type ErrorData, stringifyJson } from '@onceover/contract';
import { conclude, effectConcluded } from './conclude.ts';
import { isDefinite } from './judge-call.ts';
import type { StoredEffect, StoredStep } from './run.ts';
import type { WorkContext } from './work-context.ts';
import type { IterationState } from './write-state.ts';
import type { WriteStep } from './write-step.ts';

/**
 * What a run leaves behind that ends, or waits for a person: no write without an outcome. One that was certainly not done
 * has failed, of any other nobody knows; what was never sent stays without.
 */
export function closeOpen(
  context: WorkContext,
  step: WriteStep,
  iterations: readonly IterationState[],
  error: ErrorData,
): void {
  for (const iteration of iterations) {
    for (const effect of iteration.effects) {
      const call = iteration.calls.get(effect.call);
      if (effect.outcome !== null || call === undefined) continue;
      const outcome = isDefinite(call.lastStatus) ? 'failed' : 'outcome_unknown';
      conclude(context, step, iteration, effect, { outcome, error });
    }
  }
}

/** Whether it is not known of some stored effect what became of it. */
export function hasOpen({ effects }: StoredStep): boolean {
  return effects.some(
    (effect) => effect.outcome === 'outcome_unknown' || (isUnderWay(effect) && !isUndone(effects, effect)),
  );
}

/** The same as `closeOpen`, for a step whose connection is not there. */
export function closeStored(
  { writes, run }: WorkContext,
  step: Pick<WriteStep, 'id'>,
  { effects }: StoredStep,
  error: ErrorData,
): void {
  for (const effect of effects.filter(isUnderWay)) {
    const outcome = isUndone(effects, effect) ? 'failed' : 'outcome_unknown';
    writes.changeEffect({
      run_id: run.id,
      step_id: step.id,
      iteration: effect.iteration,
      position: effect.position,
      attempts: effect.attempts,
      outcome,
      vendor_id: null,
      error: stringifyJson(error),
      call: effect.call,
      last_status: effect.lastStatus,
      write: null,
      reads: null,
      idempotency_key: null,
      first_sent_ago_ms: null,
      last_sent_ago_ms: null,
      drops_write: outcome === 'failed',
    });
    writes.changes.push(effectConcluded(run.tenant, effect.key, { outcome, vendorId: null, error }));
  }
}

function isUnderWay({ outcome, call }: StoredEffect): boolean {
  return outcome === null && call > 0;
}

/** By the call that carries it: it was certainly not done. */
function isUndone(effects: readonly StoredEffect[], { iteration, call }: StoredEffect): boolean {
  const carrier = effects.find(
    (one) => one.iteration === iteration && one.call === call && one.carried !== null,
  );
  return carrier !== undefined && isDefinite(carrier.lastStatus);
}
