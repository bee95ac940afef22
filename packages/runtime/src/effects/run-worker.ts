import { type ErrorData, errorToData, stringifyJson } from '@onceover/contract';
import { isConnectionLost } from '@onceover/store';
import type { KnownFlow } from '../automations/catalog.ts';
import { backoffMs } from '../engine/backoff.ts';
import type { LaneSession } from '../engine/lane-engine.ts';
import { LaneLostError } from '../engine/lane-lost-error.ts';
import { executeRun } from './execute-run.ts';
import { joinWrites, LaneWrites, type TakenWrites } from './lane-writes.ts';
import { loadStoredRun } from './load-stored-run.ts';
import type { Run } from '../events/run.ts';
import type { StepVerdict } from './run.ts';
import type { Release } from './save-work.ts';
import type { WorkContext, WorkPorts } from './work-context.ts';

/** A flow that this runner has not loaded may be loaded by another one, or after the next start. */
const unknownFlowPauseMs = 15_000;

/** Does the runs of a lane one after the other, and gives the lane back with the last save. */
export function createRunWorker(ports: WorkPorts) {
  const { catalog } = ports;
  return async (session: LaneSession<Run>): Promise<void> => {
    const before: TakenWrites[] = [];
    let release: Release = { afterMs: 0, waiting: null };
    for (const run of session.lane.work) {
      if (session.isStopping) break;
      const flow = catalog.flow(run.tenant, run.flow, run.flowVersion);
      if (flow === undefined) {
        release = { afterMs: unknownFlowPauseMs, waiting: 'flow' };
        break;
      }
      if (run.wakeInMs !== null && run.wakeInMs > 0) {
        // Somebody made the lane ready before its head is.
        release = { afterMs: run.wakeInMs, waiting: 'retry' };
        break;
      }
      const context: WorkContext = { ports, session, before, writes: new LaneWrites(), run };
      const end = await attemptRun(context, flow);
      before.push(context.writes.take());
      if (end.kind === 'waiting') {
        release = end.release;
        break;
      }
      if (end.holdsLane) {
        release = { afterMs: null, waiting: 'held' };
        break;
      }
    }
    // Whether the lane is still held is for the statement to say: what was done must not be lost to a slow clock.
    const hasWorkLeft = await ports.saver.save(session.lane, joinWrites(before), release);
    session.released({ wakeAfterMs: release.afterMs === 0 && !hasWorkLeft ? null : release.afterMs });
  };
}

async function attemptRun(context: WorkContext, flow: KnownFlow): Promise<RunEnd> {
  const { ports, run } = context;
  let ageMs = 0;
  try {
    const stored = await loadStoredRun(ports.store, run);
    ({ ageMs } = stored);
    return concludeRun(context, flow, ageMs, await executeRun(context, flow, stored));
  } catch (error) {
    if (error instanceof LaneLostError || isConnectionLost(error)) throw error;
    ports.log.error({ err: error, run: run.id, flow: run.flow }, 'a run failed unexpectedly');
    // What it gathered may be what cannot be stored; what it has stored stands.
    context.writes.take();
    return concludeRun(context, flow, ageMs, {
      kind: 'retry',
      error: { ...errorToData(error), retry: 'later' },
    });
  }
}

type RunEnd = { kind: 'waiting'; release: Release } | { kind: 'finished'; holdsLane: boolean };

function concludeRun(context: WorkContext, flow: KnownFlow, ageMs: number, verdict: StepVerdict): RunEnd {
  const { run, ports } = context;
  const attempts = run.attempts + 1;
  const { maxAttempts, maxHours } = flow.description.retry;
  const isLast = attempts >= maxAttempts || ageMs >= maxHours * 3_600_000;
  switch (verdict.kind) {
    case 'done':
      finish(context, 'succeeded', attempts, null);
      return { kind: 'finished', holdsLane: false };
    case 'failed':
      return deadLetter(context, flow, attempts, verdict.error);
    case 'retry': {
      if (isLast) {
        verdict.giveUp?.();
        return deadLetter(context, flow, attempts, verdict.error);
      }
      const { retry } = verdict.error;
      const afterMs = backoffMs(attempts, ports.backoff, typeof retry === 'object' ? retry.afterMs : 0);
      return wait(context, { waitingFor: 'retry', afterMs, attempts, error: verdict.error });
    }
    case 'later': {
      const { waitingFor, error } = verdict;
      // A timer is not an attempt.
      if (waitingFor === 'timer') {
        return wait(context, { waitingFor, afterMs: verdict.afterMs, attempts: run.attempts, error });
      }
      if (isLast) return wait(context, { waitingFor, afterMs: null, attempts, error });
      const afterMs = Math.max(verdict.afterMs, backoffMs(attempts, ports.backoff));
      return wait(context, { waitingFor, afterMs, attempts, error });
    }
    case 'ask':
      return wait(context, { waitingFor: 'outcome', afterMs: null, attempts, error: verdict.error });
  }
}

function wait(
  { writes, run }: WorkContext,
  facts: {
    waitingFor: 'retry' | 'timer' | 'outcome';
    afterMs: number | null;
    attempts: number;
    error: ErrorData | null;
  },
): RunEnd {
  const { waitingFor, attempts, error } = facts;
  const afterMs = facts.afterMs === null ? null : Math.ceil(facts.afterMs);
  writes.setRun({
    id: run.id,
    status: 'waiting',
    waiting_for: waitingFor,
    wake_after_ms: afterMs,
    attempts,
    error: error === null ? null : stringifyJson(error),
  });
  return { kind: 'waiting', release: { afterMs, waiting: waitingFor } };
}

function deadLetter(context: WorkContext, flow: KnownFlow, attempts: number, error: ErrorData): RunEnd {
  finish(context, 'dead_lettered', attempts, error);
  const holdsLane = flow.description.lane.onDeadLetter === 'hold';
  return { kind: 'finished', holdsLane };
}

/** The one terminal line of a run. */
function finish(
  { writes, run }: WorkContext,
  status: 'succeeded' | 'dead_lettered',
  attempts: number,
  error: ErrorData | null,
): void {
  writes.setRun({
    id: run.id,
    status,
    waiting_for: null,
    wake_after_ms: null,
    attempts,
    error: error === null ? null : stringifyJson(error),
  });
  writes.changes.push({
    tenant: run.tenant,
    kind: 'run-finished',
    subject: run.id,
    payload: { flow: run.flow, flowVersion: run.flowVersion, status, code: error?.code ?? null },
  });
}
