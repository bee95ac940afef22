import { type ErrorData, errorToData, isApplied, type JsonValue, OnceoverError } from '@onceover/contract';
import { closeOpen, closeStored, hasOpen } from './close-open.ts';
import { addEffect, concludeUnknown } from './conclude.ts';
import { isDefinite, nextForCall } from './judge-call.ts';
import { lookUp } from './look-up.ts';
import type { CallVerdict, Iterations, StepVerdict, StoredStep } from './run.ts';
import { type Group, sendCall } from './send-call.ts';
import { isLaneTrouble, type WorkContext } from './work-context.ts';
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
    return cannotLoad(context, step, step.stored, error);
  }
  // Effects tell the whole input, but for iterations without records.
  if (iterations.length === 0 || iterations.some(({ effects }) => effects.length === 0)) step.begin();
  try {
    return await performStep(context, step, iterations);
  } catch (error) {
    if (isLaneTrouble(error)) throw error;
    ports.log.error({ err: error, run: run.id, step: step.id }, 'a write step failed unexpectedly');
    return again(context, step, iterations, { ...errorToData(error), retry: 'later' });
  }
}

async function performStep(
  context: WorkContext,
  step: WriteStep & { hasForEach: boolean },
  iterations: readonly IterationState[],
): Promise<StepVerdict> {
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
  // What can go on by itself goes first; a person is asked when nothing else is left.
  const retries = verdicts.filter((verdict) => verdict.kind === 'retry');
  const [retry] = retries;
  const later = verdicts.find((verdict) => verdict.kind === 'later');
  if (retry !== undefined) {
    return again(context, step, iterations, retry.error, () => retries.forEach(({ giveUp }) => giveUp?.()));
  }
  if (later !== undefined) {
    return { ...later, giveUp: () => closeOpen(context, step, iterations, later.error) };
  }
  const effects = iterations.flatMap((iteration) => iteration.effects);
  // The run must not end while nobody knows about one of its records.
  const unknown = effects.find(({ outcome }) => outcome === 'outcome_unknown');
  const asked = verdicts.find((verdict) => verdict.kind === 'ask');
  if (asked !== undefined) return asked;
  if (unknown !== undefined) return { kind: 'ask', error: unknown.error ?? lostError };
  const failed = effects.find(({ outcome }) => !isApplied(outcome));
  if (failed !== undefined) return { kind: 'failed', error: failed.error ?? lostError };
  const results = iterations.map((iteration) => resultOfWrites(iteration.effects));
  return { kind: 'done', result: writeResult(results, step.hasForEach) };
}

/** The step again; when there is no again, nothing of it is left open. */
function again(
  context: WorkContext,
  step: WriteStep,
  iterations: readonly IterationState[],
  error: ErrorData,
  giveUp?: () => void,
): StepVerdict {
  return {
    kind: 'retry',
    error,
    giveUp() {
      giveUp?.();
      closeOpen(context, step, iterations, error);
    },
  };
}

/** The connection or its operation is not there (any more): while a write is open that must not end the run at once. */
function cannotLoad(
  context: WorkContext,
  step: WriteStep,
  stored: StoredStep | undefined,
  error: unknown,
): StepVerdict {
  if (isLaneTrouble(error)) throw error;
  const data = errorToData(error);
  const close = () => {
    if (stored !== undefined) closeStored(context, step, stored, data);
  };
  if (stored === undefined || !hasOpen(stored)) {
    if (!OnceoverError.isInstance(error)) throw error;
    if (data.retry !== 'never') return { kind: 'retry', error: data, giveUp: close };
    close();
    return { kind: 'failed', error: data };
  }
  const { retry } = data;
  return { kind: 'retry', error: { ...data, retry: retry === 'never' ? 'later' : retry }, giveUp: close };
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

/** A write step's result, of its iterations' results. */
export function writeResult(results: readonly JsonValue[], hasForEach: boolean): JsonValue {
  return hasForEach ? [...results] : (results[0] ?? { effects: [] });
}

/** What later steps see of an iteration's writes. */
export function resultOfWrites(
  effects: readonly Pick<EffectState, 'naturalKey' | 'outcome' | 'vendorId'>[],
): JsonValue {
  return {
    effects: effects.map(({ naturalKey, outcome, vendorId }) => ({ naturalKey, outcome, vendorId })),
  };
}

const lostError: ErrorData = {
  class: 'OutcomeUnknownError',
  code: 'interrupted',
  message: 'The write was sent, and the runner ended before the answer was stored',
  logMessage: 'interrupted between sending a write and storing its outcome',
  retry: 'later',
};
