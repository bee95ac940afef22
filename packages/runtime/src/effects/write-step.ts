import { type ErrorData, errorToData, isApplied, type JsonValue, OnceoverError } from '@onceover/contract';
import { addEffect, concludeUnknown } from './conclude.ts';
import { isDefinite, nextForCall } from './judge-call.ts';
import { lookUp } from './look-up.ts';
import type { CallVerdict, Iterations, StepVerdict, StoredStep } from './run.ts';
import { type Group, sendCall } from './send-call.ts';
import type { WorkContext } from './work-context.ts';
import { type EffectState, type IterationState, loadWriteState } from './write-state.ts';

/** A write step of a flow, rendered. */
export interface WriteStep {
  id: string;
  /** Its place in the flow. */
  position: number;
  operation: string;
}

/** Brings each record of a step to an outcome, as far as this attempt comes. */
export async function runWriteStep(
  context: WorkContext,
  step: WriteStep & {
    hasForEach: boolean;
    iterations: Iterations;
    stored: StoredStep | undefined;
    /** Stores the step's row with the next save, unless that was done. */
    begin(): void;
  },
): Promise<StepVerdict> {
  const { ports, run } = context;
  let iterations: IterationState[];
  try {
    iterations = await loadWriteState({
      run,
      step,
      iterations: step.iterations,
      stored: step.stored,
      broker: ports.broker,
      nowMs: ports.clock.monotonicMs(),
    });
  } catch (error) {
    if (!OnceoverError.isInstance(error)) throw error;
    return { kind: 'failed', error: errorToData(error) };
  }
  // Effects tell the whole input, but for iterations without records.
  if (iterations.length === 0 || iterations.some(({ effects }) => effects.length === 0)) step.begin();
  const storeAll = () => {
    for (const iteration of iterations) {
      for (const effect of iteration.effects) addEffect(context, step, iteration, effect);
    }
  };
  const verdicts: CallVerdict[] = [];
  for (const iteration of iterations) {
    verdicts.push(...(await performIteration(context, { ...step, storeAll }, iteration)));
    if (verdicts.some((verdict) => verdict.endsAttempt === true)) break;
  }
  const open = worst(verdicts);
  if (open !== undefined) return open;
  const effects = iterations.flatMap((iteration) => iteration.effects);
  // The run must not end while nobody knows about one of its records.
  const unknown = effects.find(({ outcome }) => outcome === 'outcome_unknown');
  if (unknown !== undefined) return { kind: 'ask', error: unknown.error ?? lostError };
  const failed = effects.find(({ outcome }) => !isApplied(outcome));
  if (failed !== undefined) return { kind: 'failed', error: failed.error ?? lostError };
  const results = iterations.map(resultOf);
  return { kind: 'done', result: step.hasForEach ? results : (results[0] ?? { effects: [] }) };
}

/** A step at work: `storeAll` adds each of its effects to the next save, for the input is stored as a whole. */
export interface OpenStep extends WriteStep {
  storeAll(): void;
}

async function performIteration(
  context: WorkContext,
  step: OpenStep,
  iteration: IterationState,
): Promise<CallVerdict[]> {
  const verdicts: CallVerdict[] = [];
  const nowMs = () => context.ports.clock.monotonicMs();
  const { guarantee } = iteration.manifest;
  const anew: EffectState[] = iteration.effects.filter((effect) => isFresh(effect, iteration));
  for (const { call, effects } of sentGroups(iteration)) {
    if (call === undefined) continue;
    const isDoubtful = effects.some(({ outcome }) => outcome === 'outcome_unknown');
    // What was certainly not done may be sent whatever the guarantee.
    const next =
      isDefinite(call.lastStatus) && !isDoubtful
        ? ({ kind: 'resend' } as const)
        : nextForCall({
            guarantee,
            ageMs: nowMs() - call.firstSentMs,
            sinceSentMs: nowMs() - call.lastSentMs,
            isDoubtful,
          });
    const error = effects[0]?.error ?? lostError;
    let open = effects;
    let isAbsent = false;
    switch (next.kind) {
      case 'anew':
        anew.push(...effects);
        continue;
      case 'ask':
        verdicts.push(concludeUnknown(context, step, iteration, effects, error));
        continue;
      case 'wait':
        verdicts.push({ kind: 'later', waitingFor: 'outcome', afterMs: next.afterMs, error });
        continue;
      case 'look-up': {
        const looked = await lookUp(context, step, iteration, effects);
        if (looked.kind === 'error') {
          verdicts.push(looked.verdict);
          continue;
        }
        open = looked.absent;
        isAbsent = true;
        if (open.length === 0) continue;
        if (isDoubtful) {
          verdicts.push(concludeUnknown(context, step, iteration, open, error));
          continue;
        }
        break;
      }
      case 'resend':
        break;
    }
    // The same bytes carry all of the call's records: what is left of them goes in a new call.
    if (open.length !== iteration.effects.filter((effect) => effect.call === call.number).length) {
      anew.push(...open);
      continue;
    }
    const verdict = await sendCall(context, step, iteration, { call, effects: open, isAbsent });
    if (verdict !== undefined) verdicts.push(verdict);
    if (verdict?.endsAttempt === true) return verdicts;
  }
  const ordered = anew.toSorted((a, b) => a.position - b.position);
  for (let at = 0; at < ordered.length; at += iteration.manifest.batch.max) {
    const effects = ordered.slice(at, at + iteration.manifest.batch.max);
    const verdict = await sendCall(context, step, iteration, { call: undefined, effects });
    if (verdict !== undefined) verdicts.push(verdict);
    if (verdict?.endsAttempt === true) return verdicts;
  }
  return verdicts;
}

/** No call has carried it, or its last one was refused and may be planned again. */
function isFresh(effect: EffectState, { calls }: IterationState): boolean {
  if (effect.outcome === null) return !calls.has(effect.call);
  return effect.outcome === 'failed' && effect.error !== null && effect.error.retry !== 'never';
}

function sentGroups({ effects, calls }: IterationState): Group[] {
  const sent = effects.filter(
    ({ outcome, call }) => (outcome === null || outcome === 'outcome_unknown') && calls.has(call),
  );
  return [...Map.groupBy(sent, ({ call }) => call)].map(([number, group]) => ({
    call: calls.get(number),
    effects: group,
  }));
}

function resultOf({ effects }: IterationState): JsonValue {
  return {
    effects: effects.map(({ naturalKey, outcome, vendorId }) => ({ naturalKey, outcome, vendorId })),
  };
}

/** What can go on by itself goes first; a person is asked when nothing else is left. */
function worst(verdicts: readonly CallVerdict[]): StepVerdict | undefined {
  const retries = verdicts.filter((verdict) => verdict.kind === 'retry');
  const [first] = retries;
  if (first !== undefined) {
    return { kind: 'retry', error: first.error, giveUp: () => retries.forEach(({ giveUp }) => giveUp?.()) };
  }
  return (
    verdicts.find((verdict) => verdict.kind === 'later') ?? verdicts.find((verdict) => verdict.kind === 'ask')
  );
}

const lostError: ErrorData = {
  class: 'OutcomeUnknownError',
  code: 'interrupted',
  message: 'The write was sent, and the runner ended before the answer was stored',
  logMessage: 'interrupted between sending a write and storing its outcome',
  retry: 'later',
};
