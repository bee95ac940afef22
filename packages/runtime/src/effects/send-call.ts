import { deleteLink, findLinks } from '@onceover/store';
import { applyAttempt } from './apply-attempt.ts';
import { keep, keepStatus, leaveCalls } from './conclude.ts';
import { isDefinite, type Judgement, judgeCall, neverSent } from './judge-call.ts';
import type { CallVerdict } from './run.ts';
import { saveNow } from './save-now.ts';
import type { WorkContext } from './work-context.ts';
import type { CallState, EffectState, IterationState } from './write-state.ts';
import type { OpenStep } from './write-step.ts';

/** Records that one call carries. */
export interface Group {
  /** The stored call whose bytes go again; undefined for a new one. */
  call: CallState | undefined;
  effects: readonly EffectState[];
  /** A look-up, late enough, has not found them: no earlier sending took effect. */
  isAbsent?: boolean;
}

/** What came of sending a group once. */
export interface Attempt {
  judgement: Judgement;
  /** The stored call, if the write came so far. */
  call: CallState | undefined;
  /** Those that an earlier sending may have taken effect for. */
  open: ReadonlySet<EffectState>;
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
  const { effects } = group;
  const first = await attempt(context, step, iteration, group);
  const isGone = first.judgement.kind === 'refused' && first.judgement.error.class === 'NotFoundError';
  // While a sending is open nothing else may be written for its records: it would be a second effect.
  if (isGone && first.open.size === 0 && (await forgetLinks(context, iteration, effects))) {
    // A link led to a record that is gone: the write is planned anew, once.
    const second = await attempt(context, step, iteration, { call: undefined, effects });
    return applyAttempt(context, step, iteration, effects, second);
  }
  return applyAttempt(context, step, iteration, effects, first);
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
  const open = openAmong(group);
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
      // And so did name, socket and queue.
      mayStart: () => session.requireHeld(0),
    },
    signal: session.signal,
  });
  if (hookError !== undefined) {
    // Nothing was sent: the intent must not look like one whose answer was lost.
    if (call !== undefined && call !== group.call && open.size === 0) {
      keepStatus(context, step, iteration, call, neverSent);
    }
    throw hookError;
  }
  const nowMs = ports.clock.monotonicMs();
  if (call !== undefined) {
    // A vendor may have come to a lost write as late as it was lost: a search's lag begins here.
    call = { ...call, lastSentMs: nowMs };
    iteration.calls.set(call.number, call);
  }
  const ageMs = call === undefined ? 0 : nowMs - call.firstSentMs;
  const lastStatus = group.call?.lastStatus ?? null;
  const { guarantee } = iteration.manifest;
  const judgement = judgeCall(result, { guarantee, ageMs, lastStatus, wasOpen: open.size > 0 });
  return { judgement, call, open };
}

/** The records for which an earlier sending, of these bytes or of others, may have taken effect. */
function openAmong({ call, effects, isAbsent = false }: Group): ReadonlySet<EffectState> {
  if (isAbsent) return new Set();
  const isOpen = call !== undefined && !isDefinite(call.lastStatus);
  return new Set(isOpen ? effects : effects.filter(({ outcome }) => outcome === 'outcome_unknown'));
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
  for (const effect of effects) {
    effect.call = number;
    effect.attempts += 1;
    effect.outcome = null;
    effect.error = null;
  }
  if (iteration.calls.size > 0) leaveCalls(context, step, iteration);
  iteration.calls.set(number, fresh);
  for (const effect of effects) {
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
