import { type ErrorData, lookupOf } from '@onceover/contract';
import { conclude, concludeUnknown, keepStatus } from './conclude.ts';
import { isIndefinite, type Judgement, neverSent, type NextForCall, nextForCall } from './judge-call.ts';
import type { CallVerdict } from './run.ts';
import type { Attempt } from './send-call.ts';
import type { WorkContext } from './work-context.ts';
import type { EffectState, IterationState } from './write-state.ts';
import type { OpenStep } from './write-step.ts';

/** An attempt's records with their place, and what the attempt told. */
interface Facts<Kind extends Judgement['kind']> extends Omit<Attempt, 'judgement'> {
  context: WorkContext;
  step: OpenStep;
  iteration: IterationState;
  effects: readonly EffectState[];
  judgement: Extract<Judgement, { kind: Kind }>;
}

/**
 * Writes down what an attempt told about its records.
 * @returns what to do next; undefined when each record has an outcome
 */
export function applyAttempt(
  context: WorkContext,
  step: OpenStep,
  iteration: IterationState,
  effects: readonly EffectState[],
  attempt: Attempt,
): CallVerdict | undefined {
  const { judgement, call, open } = attempt;
  for (const effect of effects) effect.attempts = Math.max(effect.attempts, 1);
  step.storeAll();
  const isSettled = judgement.kind === 'refused' || judgement.kind === 'unsent';
  if (isSettled && call !== undefined && open.size === 0) {
    const status = judgement.kind === 'refused' ? (judgement.status ?? neverSent) : neverSent;
    keepStatus(context, step, iteration, call, status);
  }
  const facts = { ...attempt, context, step, iteration, effects };
  switch (judgement.kind) {
    case 'outcomes':
      return applyOutcomes({ ...facts, judgement });
    case 'unsent':
      return retry(facts, judgement.error, open);
    case 'refused':
      return applyRefusal({ ...facts, judgement });
    case 'unknown':
      return applyUnknown({ ...facts, judgement });
  }
}

function applyOutcomes(facts: Facts<'outcomes'>): CallVerdict | undefined {
  const { context, step, iteration, effects, judgement, open } = facts;
  const again: ErrorData[] = [];
  const hopeless: ErrorData[] = [];
  const unknown: EffectState[] = [];
  for (const [index, effect] of effects.entries()) {
    const one = judgement.outcomes[index] ?? {
      outcome: 'outcome_unknown',
      reason: 'the answer leaves it out',
    };
    if (one.outcome === 'outcome_unknown') {
      conclude(context, step, iteration, effect, { outcome: one.outcome, error: untold(one.reason) });
      unknown.push(effect);
    } else if (one.outcome === 'failed') {
      const { error } = one;
      const isFailed = judgement.isFinal || !open.has(effect);
      conclude(context, step, iteration, effect, { outcome: isFailed ? 'failed' : 'outcome_unknown', error });
      if (isFailed && error.retry !== 'never') again.push(error);
      if (!isFailed && error.retry !== 'never') unknown.push(effect);
      if (!isFailed && error.retry === 'never') hopeless.push(error);
    } else {
      conclude(context, step, iteration, effect, { outcome: one.outcome, vendorId: one.vendorId });
    }
  }
  if (again.length > 0) return { kind: 'retry', error: longest(again) };
  if (unknown.length > 0) return openUnknown(facts, unknown);
  const [error] = hopeless;
  return error === undefined ? undefined : { kind: 'ask', error };
}

function applyRefusal(facts: Facts<'refused'>): CallVerdict | undefined {
  const { context, step, iteration, effects, judgement, open } = facts;
  const { error, status, isFinal } = judgement;
  // "Too fast", or nothing asked at all, says nothing about the bytes: they go again as they are.
  const isAboutBytes = status !== null && error.class !== 'RateLimitError';
  if (!isAboutBytes && error.retry !== 'never') return retry(facts, error, open);
  const failed = isFinal ? effects : effects.filter((effect) => !open.has(effect));
  for (const effect of failed) conclude(context, step, iteration, effect, { outcome: 'failed', error });
  if (failed.length < effects.length) return applyOpenRefusal(facts);
  return error.retry === 'never' ? undefined : { kind: 'retry', error, endsAttempt: true };
}

/** This sending was refused, an earlier one may have taken effect: asking the vendor may tell, a person can. */
function applyOpenRefusal(facts: Facts<'refused'>): CallVerdict {
  const { context, step, iteration, effects, judgement, open } = facts;
  const { error } = judgement;
  const unknown = effects.filter((effect) => open.has(effect));
  const next = nextFor(facts, true);
  // Refused for good, the record would be refused again.
  if (next.kind === 'anew' && error.retry === 'never') {
    return concludeUnknown(context, step, iteration, unknown, error);
  }
  for (const effect of unknown) {
    conclude(context, step, iteration, effect, { outcome: 'outcome_unknown', error });
  }
  return verdictOf(next, error);
}

function applyUnknown(facts: Facts<'unknown'>): CallVerdict {
  const { context, step, iteration, effects, judgement, call } = facts;
  const { error, isDoubtful, status } = judgement;
  // A server's failure is remembered: the same once more under the same key teaches nothing.
  if (call !== undefined && status !== null && isIndefinite(status)) {
    keepStatus(context, step, iteration, call, status);
  }
  const next = nextFor(facts, isDoubtful);
  if (next.kind === 'resend') return retry(facts, error, new Set(effects));
  if (isDoubtful || next.kind === 'ask') {
    for (const effect of effects) {
      conclude(context, step, iteration, effect, { outcome: 'outcome_unknown', error });
    }
  }
  return verdictOf(next, error);
}

function nextFor(
  { context, iteration, call }: Omit<Facts<never>, 'judgement'>,
  isDoubtful: boolean,
): NextForCall {
  const nowMs = context.ports.clock.monotonicMs();
  return nextForCall({
    guarantee: iteration.manifest.guarantee,
    ageMs: nowMs - (call?.firstSentMs ?? nowMs),
    sinceSentMs: nowMs - (call?.lastSentMs ?? nowMs),
    isDoubtful,
  });
}

function verdictOf(next: NextForCall, error: ErrorData): CallVerdict {
  switch (next.kind) {
    case 'resend':
    case 'anew':
      return { kind: 'retry', error, endsAttempt: true };
    case 'ask':
      return { kind: 'ask', error };
    case 'look-up':
      return { kind: 'later', waitingFor: 'outcome', afterMs: 0, error, endsAttempt: true };
    case 'wait':
      return { kind: 'later', waitingFor: 'outcome', afterMs: next.afterMs, error, endsAttempt: true };
  }
}

/** Records that an otherwise good answer leaves out. */
function openUnknown(
  { context, iteration, call }: Facts<'outcomes'>,
  effects: readonly EffectState[],
): CallVerdict {
  const { manifest } = iteration;
  const error = effects[0]?.error ?? untold('the answer leaves it out');
  if (manifest.guarantee.kind === 'naturalKey') return { kind: 'retry', error };
  const lookup = lookupOf(manifest.guarantee);
  if (lookup === undefined || call === undefined) return { kind: 'ask', error };
  const sinceSentMs = context.ports.clock.monotonicMs() - call.lastSentMs;
  const afterMs = Math.max(0, lookup.lagSeconds * 1000 - sinceSentMs);
  return { kind: 'later', waitingFor: 'outcome', afterMs, error };
}

/** The same bytes again after a while. When there is no again, nobody knows about the open ones; the others failed. */
function retry(
  { context, step, iteration, effects }: Omit<Facts<never>, 'judgement'>,
  error: ErrorData,
  open: ReadonlySet<EffectState>,
): CallVerdict {
  return {
    kind: 'retry',
    error,
    endsAttempt: true,
    giveUp() {
      for (const effect of effects) {
        const outcome = open.has(effect) ? 'outcome_unknown' : 'failed';
        conclude(context, step, iteration, effect, { outcome, error });
      }
    },
  };
}

function longest(errors: readonly ErrorData[]): ErrorData {
  const waitOf = ({ retry: when }: ErrorData) => (typeof when === 'object' ? when.afterMs : 0);
  return errors.reduce((a, b) => (waitOf(b) > waitOf(a) ? b : a));
}

function untold(reason: string): ErrorData {
  const message = `The vendor's answer does not tell what became of the record: ${reason}`;
  return {
    class: 'OutcomeUnknownError',
    code: 'outcome_untold',
    message,
    logMessage: message,
    retry: 'later',
  };
}
