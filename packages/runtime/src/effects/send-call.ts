import { deleteLink, findLinks } from '@onceover/store';
import { type ErrorData, lookupOf } from '@onceover/contract';
import { conclude, concludeUnknown, keep } from './conclude.ts';
import { isDefinite, type Judgement, judgeCall, neverSent, nextForCall } from './judge-call.ts';
import type { CallVerdict } from './run.ts';
import { saveNow, type WorkContext } from './work-context.ts';
import type { CallState, EffectState, IterationState } from './write-state.ts';
import type { OpenStep } from './write-step.ts';

interface Group {
  /** The stored call whose bytes go again; undefined for a new one. */
  call: CallState | undefined;
  effects: readonly EffectState[];
}

/**
 * One call of an operation: its write is durable before it is sent, its outcomes are gathered for the next save.
 * @returns undefined when each record has an outcome
 */
export async function sendCall(
  context: WorkContext,
  step: OpenStep,
  iteration: IterationState,
  group: Group,
): Promise<CallVerdict | undefined> {
  const first = await attempt(context, step, iteration, group);
  const isGone = first.judgement.kind === 'refused' && first.judgement.error.class === 'NotFoundError';
  if (isGone && (await forgetLinks(context, iteration, group.effects))) {
    // A link led to a record that is gone: the write is planned anew, once.
    const second = await attempt(context, step, iteration, { ...group, call: undefined });
    return apply(context, step, iteration, group.effects, second);
  }
  return apply(context, step, iteration, group.effects, first);
}

interface Attempt {
  judgement: Judgement;
  /** The stored call, if the write came so far. */
  call: CallState | undefined;
  /** Whether earlier sendings of the same bytes leave it open whether they took effect. */
  wasOpen: boolean;
}

async function attempt(
  context: WorkContext,
  step: OpenStep,
  iteration: IterationState,
  group: Group,
): Promise<Attempt> {
  const { ports, session, run, writes } = context;
  const { effects } = group;
  const isResent = group.call !== undefined;
  let call = group.call;
  let hookError: unknown;
  const guarded = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      hookError = error;
      throw error;
    }
  };
  const result = await ports.broker.call({
    tenant: run.tenant,
    connection: iteration.connection,
    operation: step.operation,
    mode: 'execute',
    records: effects.map(({ record, naturalKey, key }) => ({ record, naturalKey, effectKey: key })),
    ...(call === undefined ? {} : { resume: { write: call.write, reads: call.reads } }),
    hooks: {
      beforeFirstRequest: () =>
        guarded(async () => {
          // A call that cannot read first stores its input together with its write: one commit, not two.
          if (iteration.manifest.reads.length > 0 && !isResent) {
            step.storeAll();
            if (!writes.isEmpty) await saveNow(context);
          }
          session.requireHeld(ports.sendMarginMs);
        }),
      beforeWrite: (write, reads) =>
        guarded(async () => {
          call = intend(context, step, iteration, { call, effects }, { write, reads });
          await saveNow(context);
          // The commit took its time: what is sent now must still be ours to send.
          session.requireHeld(ports.sendMarginMs);
        }),
    },
    signal: session.signal,
  });
  if (hookError !== undefined) throw hookError;
  const nowMs = ports.clock.monotonicMs();
  if (call !== undefined) {
    // A vendor may have come to a lost write as late as it was lost: a search's lag begins here.
    call = { ...call, lastSentMs: nowMs };
    iteration.calls.set(call.number, call);
  }
  const ageMs = call === undefined ? 0 : nowMs - call.firstSentMs;
  const lastStatus = group.call?.lastStatus ?? null;
  const { guarantee } = iteration.manifest;
  const wasOpen = isResent && !isDefinite(lastStatus);
  return { judgement: judgeCall(result, { guarantee, ageMs, lastStatus, wasOpen }), call, wasOpen };
}

/** Gathers what must be durable before the write is sent: the rendered write, and each record's effect. */
function intend(
  context: WorkContext,
  step: OpenStep,
  iteration: IterationState,
  { call, effects }: Group,
  { write, reads }: Pick<CallState, 'write' | 'reads'>,
): CallState {
  const { ports, run, writes } = context;
  const nowMs = ports.clock.monotonicMs();
  if (call !== undefined) {
    // From here on nobody knows, unless an answer comes.
    const lastStatus = isDefinite(call.lastStatus) ? null : call.lastStatus;
    const again = { ...call, lastStatus, lastSentMs: nowMs };
    iteration.calls.set(call.number, again);
    for (const effect of effects) {
      effect.attempts += 1;
      keep(context, step, iteration, effect);
    }
    keep(context, step, iteration, call.carrier, { sends: true });
    return again;
  }
  step.storeAll();
  const number = Math.max(0, ...iteration.effects.map((effect) => effect.call)) + 1;
  const carrier = effects[0] as EffectState;
  const sending = { lastStatus: null, firstSentMs: nowMs, lastSentMs: nowMs };
  const fresh: CallState = { number, carrier, write, reads, ...sending };
  iteration.calls.set(number, fresh);
  for (const effect of effects) {
    effect.call = number;
    effect.attempts += 1;
    effect.outcome = null;
    effect.error = null;
    keep(context, step, iteration, effect, effect === carrier ? { carries: fresh } : {});
    writes.changes.push({
      tenant: run.tenant,
      kind: 'effect-intended',
      subject: effect.key,
      payload: {
        run: run.id,
        connection: iteration.connection,
        operation: step.operation,
        naturalKey: effect.naturalKey,
        write: write.hash,
      },
    });
  }
  return fresh;
}

function apply(
  context: WorkContext,
  step: OpenStep,
  iteration: IterationState,
  effects: readonly EffectState[],
  { judgement, call, wasOpen }: Attempt,
): CallVerdict | undefined {
  for (const effect of effects) effect.attempts = Math.max(effect.attempts, 1);
  step.storeAll();
  const isSettled = judgement.kind === 'refused' || judgement.kind === 'unsent';
  if (isSettled && call !== undefined && !wasOpen) {
    const status = judgement.kind === 'refused' ? (judgement.status ?? neverSent) : neverSent;
    keepStatus(context, step, iteration, call, status);
  }
  // An earlier sending may have taken effect, whatever became of this one.
  const last = wasOpen ? 'outcome_unknown' : 'failed';
  switch (judgement.kind) {
    case 'outcomes':
      return applyOutcomes(context, step, iteration, effects, { judgement, call });
    case 'unsent':
      return retry(context, step, iteration, effects, judgement.error, last);
    case 'refused':
      return applyRefusal(context, step, iteration, effects, { judgement, last });
    case 'unknown':
      return applyUnknown(context, step, iteration, effects, { judgement, call });
  }
}

function keepStatus(
  context: WorkContext,
  step: OpenStep,
  iteration: IterationState,
  call: CallState,
  status: number,
): void {
  iteration.calls.set(call.number, { ...call, lastStatus: status });
  keep(context, step, iteration, call.carrier);
}

function applyOutcomes(
  context: WorkContext,
  step: OpenStep,
  iteration: IterationState,
  effects: readonly EffectState[],
  { judgement, call }: { judgement: Extract<Judgement, { kind: 'outcomes' }>; call: CallState | undefined },
): CallVerdict | undefined {
  const again: { effect: EffectState; error: ErrorData }[] = [];
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
      conclude(context, step, iteration, effect, { outcome: 'failed', error: one.error });
      if (one.error.retry !== 'never') again.push({ effect, error: one.error });
    } else {
      conclude(context, step, iteration, effect, { outcome: one.outcome, vendorId: one.vendorId });
    }
  }
  const [first] = again;
  if (first !== undefined) return { kind: 'retry', error: longest(again.map(({ error }) => error)) };
  if (unknown.length === 0) return undefined;
  return openUnknown(context, iteration, unknown, call);
}

function applyRefusal(
  context: WorkContext,
  step: OpenStep,
  iteration: IterationState,
  effects: readonly EffectState[],
  facts: { judgement: Extract<Judgement, { kind: 'refused' }>; last: 'failed' | 'outcome_unknown' },
): CallVerdict | undefined {
  const { error, status } = facts.judgement;
  if (error.retry === 'never') {
    for (const effect of effects) conclude(context, step, iteration, effect, { outcome: 'failed', error });
    return undefined;
  }
  // "Too fast", or nothing asked at all, says nothing about the bytes: they go again as they are.
  if (status === null || error.class === 'RateLimitError') {
    return retry(context, step, iteration, effects, error, facts.last);
  }
  for (const effect of effects) conclude(context, step, iteration, effect, { outcome: 'failed', error });
  return { kind: 'retry', error, endsAttempt: true };
}

function applyUnknown(
  context: WorkContext,
  step: OpenStep,
  iteration: IterationState,
  effects: readonly EffectState[],
  { judgement, call }: { judgement: Extract<Judgement, { kind: 'unknown' }>; call: CallState | undefined },
): CallVerdict {
  const { error, isDoubtful, status } = judgement;
  if (call !== undefined && status !== null) keepStatus(context, step, iteration, call, status);
  const nowMs = context.ports.clock.monotonicMs();
  const next = nextForCall({
    guarantee: iteration.manifest.guarantee,
    ageMs: nowMs - (call?.firstSentMs ?? nowMs),
    sinceSentMs: nowMs - (call?.lastSentMs ?? nowMs),
    isDoubtful,
  });
  if (next.kind === 'resend') return retry(context, step, iteration, effects, error, 'outcome_unknown');
  if (isDoubtful || next.kind === 'ask') {
    for (const effect of effects) {
      conclude(context, step, iteration, effect, { outcome: 'outcome_unknown', error });
    }
  }
  switch (next.kind) {
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
  { ports }: WorkContext,
  { manifest }: IterationState,
  effects: readonly EffectState[],
  call: CallState | undefined,
): CallVerdict {
  const error = effects[0]?.error ?? untold('the answer leaves it out');
  if (manifest.guarantee.kind === 'naturalKey') return { kind: 'retry', error };
  const lookup = lookupOf(manifest.guarantee);
  if (lookup === undefined || call === undefined) return { kind: 'ask', error };
  const sinceSentMs = ports.clock.monotonicMs() - call.lastSentMs;
  const afterMs = Math.max(0, lookup.lagSeconds * 1000 - sinceSentMs);
  return { kind: 'later', waitingFor: 'outcome', afterMs, error };
}

/** The same bytes again after a while. When there is no again, the effects end as `last`. */
function retry(
  context: WorkContext,
  step: OpenStep,
  iteration: IterationState,
  effects: readonly EffectState[],
  error: ErrorData,
  last: 'failed' | 'outcome_unknown',
): CallVerdict {
  return {
    kind: 'retry',
    error,
    endsAttempt: true,
    giveUp() {
      if (last === 'outcome_unknown') concludeUnknown(context, step, iteration, effects, error);
      else for (const effect of effects) conclude(context, step, iteration, effect, { outcome: last, error });
    },
  };
}

/** Drops the links of these records. Gives whether there were any. */
async function forgetLinks(
  { ports, run }: WorkContext,
  { connection, manifest }: IterationState,
  effects: readonly EffectState[],
): Promise<boolean> {
  const { store: db } = ports;
  const place = { tenant: run.tenant, connection, resource: manifest.resource };
  const links = await findLinks(db, { ...place, keys: effects.map(({ naturalKey }) => naturalKey) });
  for (const naturalKey of links.keys()) await deleteLink(db, { ...place, naturalKey });
  return links.size > 0;
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
