import { type HeldBackReason, heldBackReason } from '@onceover/broker';
import { type ErrorData, stringifyJson } from '@onceover/contract';
import type { KnownFlow } from '../automations/catalog.ts';
import { backoffMs } from '../engine/backoff.ts';
import type { Progress } from './execute-run.ts';
import type { StepVerdict } from './run.ts';
import type { Release } from './save-work.ts';
import type { WorkContext } from './work-context.ts';

/** What becomes of a run after an attempt. */
export type RunEnd = { kind: 'waiting'; release: Release } | { kind: 'finished'; holdsLane: boolean };

/** Writes down how an attempt ended: what becomes of the run, and when it goes on. */
export function concludeRun(
  context: WorkContext,
  flow: KnownFlow,
  verdict: StepVerdict,
  { hasAdvanced, mustGoOn = false }: Progress & { mustGoOn?: boolean },
): RunEnd {
  const { run, ports } = context;
  const held = verdict.kind === 'retry' ? heldBackReason(verdict.error) : undefined;
  // What never left is no attempt.
  const attempts = run.attempts + (held === undefined ? 1 : 0);
  const failingMs = hasAdvanced ? 0 : run.failingMs;
  const isLast = !mustGoOn && hasFailedEnough(flow, { attempts, failingMs, held });
  const waitFor = (waitingFor: 'retry' | 'outcome', afterMs: number | null, error: ErrorData) =>
    wait(context, {
      waitingFor,
      release: { afterMs: afterMs === null ? null : Math.ceil(afterMs), waiting: waitingFor },
      attempts,
      // To wait for one's turn is no failure; a vendor that is not there is one, also when nobody asks it.
      failingMs: failingMs + (held === 'budget' ? 0 : Math.ceil(afterMs ?? 0)),
      error,
    });
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
      const atLeastMs = typeof retry === 'object' ? retry.afterMs : 0;
      return waitFor(
        'retry',
        backoffMs(held === undefined ? attempts : 1, ports.backoff, atLeastMs),
        verdict.error,
      );
    }
    case 'later': {
      const { waitingFor, error } = verdict;
      if (!isLast) {
        return waitFor(waitingFor, Math.max(verdict.afterMs, backoffMs(attempts, ports.backoff)), error);
      }
      verdict.giveUp?.();
      return waitFor(waitingFor, null, error);
    }
    case 'timer': {
      // A timer is not an attempt, and nothing has failed.
      const release: Release = { afterMs: null, until: verdict.until, waiting: 'timer' };
      return wait(context, {
        waitingFor: 'timer',
        release,
        attempts: run.attempts,
        failingMs: 0,
        error: null,
      });
    }
    case 'ask':
      return waitFor('outcome', null, verdict.error);
  }
}

/** Whether the flow gives up after this attempt. */
function hasFailedEnough(
  { description: { retry } }: KnownFlow,
  { attempts, failingMs, held }: { attempts: number; failingMs: number; held: HeldBackReason | undefined },
): boolean {
  const hasNoTimeLeft = failingMs >= retry.maxHours * 3_600_000;
  if (held !== undefined) return held !== 'budget' && hasNoTimeLeft;
  return attempts >= retry.maxAttempts || hasNoTimeLeft;
}

function wait(
  { writes, run }: WorkContext,
  facts: {
    waitingFor: 'retry' | 'timer' | 'outcome';
    release: Release;
    attempts: number;
    failingMs: number;
    error: ErrorData | null;
  },
): RunEnd {
  const { waitingFor, release, attempts, failingMs, error } = facts;
  writes.setRun({
    tenant: run.tenant,
    id: run.id,
    status: 'waiting',
    waiting_for: waitingFor,
    wake_after_ms: release.afterMs,
    wake_at: release.until ?? null,
    attempts,
    failing_ms: failingMs,
    error: error === null ? null : stringifyJson(error),
  });
  return { kind: 'waiting', release };
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
    tenant: run.tenant,
    id: run.id,
    status,
    waiting_for: null,
    wake_after_ms: null,
    wake_at: null,
    attempts,
    failing_ms: null,
    error: error === null ? null : stringifyJson(error),
  });
  writes.changes.push({
    tenant: run.tenant,
    kind: 'run-finished',
    subject: run.id,
    payload: { flow: run.flow, flowVersion: run.flowVersion, status, code: error?.code ?? null },
  });
}
