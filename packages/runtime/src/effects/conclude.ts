import { type ErrorData, guaranteeClass, stringifyJson } from '@onceover/contract';
import type { Change } from '../audit/build-leaves.ts';
import { storable } from '../events/storable.ts';
import type { CallVerdict } from './run.ts';
import type { WorkContext } from './work-context.ts';
import type { CallState, EffectState, IterationState } from './write-state.ts';
import type { WriteStep } from './write-step.ts';

/** The effects stay at `outcome_unknown` until a person says what became of them. */
export function concludeUnknown(
  context: WorkContext,
  step: WriteStep,
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
  context: WorkContext,
  step: WriteStep,
  iteration: IterationState,
  effect: EffectState,
  result: { outcome: NonNullable<EffectState['outcome']>; vendorId?: string; error?: ErrorData },
): void {
  const { writes, run } = context;
  const { outcome, error = null } = result;
  const vendorId = result.vendorId === undefined ? null : storable(result.vendorId);
  effect.outcome = outcome;
  effect.vendorId = vendorId;
  effect.error = error;
  keep(context, step, iteration, effect);
  if (vendorId !== null) {
    writes.addLink({
      tenant: run.tenant,
      connection: iteration.connection,
      resource: iteration.manifest.resource,
      natural_key: effect.naturalKey,
      vendor_id: vendorId,
    });
  }
  writes.changes.push(effectConcluded(run.tenant, effect.key, { outcome, vendorId, error }));
  settleCall(context, step, iteration, effect.call);
}

/** An effect's line in the audit log. */
export function effectConcluded(
  tenant: string,
  key: string,
  { outcome, vendorId, error }: Pick<EffectState, 'outcome' | 'vendorId' | 'error'>,
): Change {
  const code = error === null ? null : storable(error.code);
  return { tenant, kind: 'effect-concluded', subject: key, payload: { outcome, vendorId, code } };
}

/** A call of which each effect has an outcome need not be kept: its bytes hold people's data. */
function settleCall(context: WorkContext, step: WriteStep, iteration: IterationState, number: number): void {
  const call = iteration.calls.get(number);
  if (call === undefined || openEffectsOf(iteration, number).length > 0) return;
  iteration.calls.delete(number);
  keep(context, step, iteration, call.carrier, { isSettled: true });
}

/** Keeps what a call's last sending met; see `isDefinite`. */
export function keepStatus(
  context: WorkContext,
  step: WriteStep,
  iteration: IterationState,
  call: CallState,
  status: number,
): void {
  iteration.calls.set(call.number, { ...call, lastStatus: status });
  keep(context, step, iteration, call.carrier);
}

/** Effects moved on to another call: one that some wait for yet is carried by one of these, the others are settled. */
export function leaveCalls(context: WorkContext, step: WriteStep, iteration: IterationState): void {
  for (const call of iteration.calls.values()) {
    const { number, carrier } = call;
    if (carrier.call === number) {
      settleCall(context, step, iteration, number);
      continue;
    }
    keep(context, step, iteration, carrier, { isSettled: true });
    const [heir] = openEffectsOf(iteration, number);
    if (heir === undefined) {
      iteration.calls.delete(number);
      continue;
    }
    const moved = { ...call, carrier: heir };
    iteration.calls.set(number, moved);
    keep(context, step, iteration, heir, { carries: moved });
  }
}

/** The effects of a call of which nobody knows yet what became of them. */
export function openEffectsOf({ effects }: IterationState, call: number): EffectState[] {
  return effects.filter(
    (effect) => effect.call === call && (effect.outcome === null || effect.outcome === 'outcome_unknown'),
  );
}

/** Gathers an effect as it is now. */
export function keep(
  context: WorkContext,
  step: WriteStep,
  iteration: IterationState,
  effect: EffectState,
  change: { carries?: CallState; sends?: boolean; isSettled?: boolean } = {},
): void {
  const { ports, writes, run } = context;
  const { carries, sends = false, isSettled = false } = change;
  if (!effect.isStored) return;
  const agoMs = (ms: number) => Math.max(0, Math.round(ports.clock.monotonicMs() - ms));
  const call = iteration.calls.get(effect.call);
  writes.changeEffect({
    run_id: run.id,
    step_id: step.id,
    iteration: effect.iteration,
    position: effect.position,
    attempts: effect.attempts,
    outcome: effect.outcome,
    vendor_id: effect.vendorId,
    error: effect.error === null ? null : stringifyJson(effect.error),
    call: effect.call,
    last_status: call?.carrier === effect ? call.lastStatus : null,
    write: carries === undefined ? null : stringifyJson(carries.write),
    reads: carries === undefined ? null : stringifyJson(carries.reads),
    idempotency_key: carries === undefined ? null : keyOfSeveral(carries, effect),
    first_sent_ago_ms: carries === undefined ? null : agoMs(carries.firstSentMs),
    last_sent_ago_ms: carries === undefined ? (sends ? 0 : null) : agoMs(carries.lastSentMs),
    drops_write: isSettled,
  });
}

/** The only effect's own key is found by the effect. */
function keyOfSeveral({ write }: CallState, carrier: EffectState): string | null {
  const key = write.idempotency?.key ?? null;
  return key === carrier.key ? null : key;
}

/** Adds an effect to the next save, unless it is stored. */
export function addEffect(
  { writes, run }: WorkContext,
  step: WriteStep,
  { connection, manifest }: IterationState,
  effect: EffectState,
): void {
  if (effect.isStored) return;
  effect.isStored = true;
  writes.addEffect({
    run_id: run.id,
    step_id: step.id,
    iteration: effect.iteration,
    position: effect.position,
    tenant: run.tenant,
    key: effect.key,
    step_position: step.position,
    record: stringifyJson(effect.record),
    connection,
    operation: step.operation,
    natural_key: effect.naturalKey,
    guarantee: manifest.guarantee.kind,
    class: guaranteeClass(manifest.guarantee),
    attempts: effect.attempts,
    outcome: effect.outcome,
    vendor_id: effect.vendorId,
    error: effect.error === null ? null : stringifyJson(effect.error),
    call: effect.call,
    last_status: null,
    write: null,
    reads: null,
    idempotency_key: null,
  });
}
