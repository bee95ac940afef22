import { conclude, concludeUnknown } from './conclude.ts';
import type { CallVerdict } from './run.ts';
import type { WorkContext } from './work-context.ts';
import type { EffectState, IterationState } from './write-state.ts';
import type { WriteStep } from './write-step.ts';

export type LookedUp =
  | { kind: 'looked-up'; absent: readonly EffectState[] }
  | { kind: 'error'; verdict: CallVerdict };

/** Asks the vendor, by reads alone, what became of records whose answer was lost. What is found counts as created. */
export async function lookUp(
  context: WorkContext,
  step: WriteStep,
  iteration: IterationState,
  effects: readonly EffectState[],
): Promise<LookedUp> {
  const { ports, session, run } = context;
  session.requireHeld(ports.sendMarginMs);
  const result = await ports.broker.lookup({
    tenant: run.tenant,
    connection: iteration.connection,
    operation: step.operation,
    records: effects.map(({ record, naturalKey, key }) => ({ record, naturalKey, effectKey: key })),
    signal: session.signal,
  });
  if ('error' in result) {
    const { error } = result;
    const verdict: CallVerdict =
      error.retry === 'never'
        ? concludeUnknown(context, step, iteration, effects, error)
        : {
            kind: 'retry',
            error,
            giveUp: () => void concludeUnknown(context, step, iteration, effects, error),
          };
    return { kind: 'error', verdict };
  }
  const absent: EffectState[] = [];
  for (const [index, effect] of effects.entries()) {
    const vendorId = result.vendorIds[index];
    if (vendorId === null || vendorId === undefined) absent.push(effect);
    else conclude(context, step, iteration, effect, { outcome: 'created', vendorId });
  }
  return { kind: 'looked-up', absent };
}
