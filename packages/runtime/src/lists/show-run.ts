import { type ErrorData, isApplied, parseJson } from '@onceover/contract';
import type { EffectRow, RunRow, StepRow } from '@onceover/store';

/** A run as the API shows it. Times are RFC 3339 UTC. */
export interface ShownRun {
  id: string;
  tenant: string;
  flow: string;
  flowVersion: number;
  status: 'queued' | 'running' | 'waiting' | 'succeeded' | 'dead_lettered' | 'discarded';
  waitingFor: 'retry' | 'approval' | 'outcome' | 'timer' | 'lane' | null;
  key: string;
  event: { id: string; source: string; type: string; time: string };
  attempts: number;
  isolation: string;
  createdAt: string;
  finishedAt: string | null;
  error: ShownError | null;
  steps?: ShownStep[];
}

export interface ShownError {
  code: string;
  message: string;
}

export interface ShownStep {
  id: string;
  status: 'running' | 'waiting' | 'succeeded' | 'failed' | 'skipped';
  effects: ShownEffect[];
}

export interface ShownEffect {
  id: string;
  connection: string;
  operation: string;
  naturalKey: string;
  outcome: 'created' | 'updated' | 'unchanged' | 'failed' | 'outcome_unknown' | null;
  guarantee: string;
  class: 'A' | 'B' | 'C';
  attempts: number;
  revision: number;
  vendorId: string | null;
  error: ShownError | null;
}

export function showRun(row: RunRow): ShownRun {
  return {
    id: row.id,
    tenant: row.tenant,
    flow: row.flow,
    flowVersion: row.flow_version,
    // The table's checks and the query's cases allow these alone.
    status: row.status as ShownRun['status'],
    waitingFor: row.waiting_for as ShownRun['waitingFor'],
    key: row.key,
    event: {
      id: row.event_id,
      source: row.event_source,
      type: row.event_type,
      time: row.event_time.toISOString(),
    },
    attempts: row.attempts,
    isolation: row.isolation,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    error: showError(row.error),
  };
}

/** The steps that were begun, in the flow's order, with their effects. */
export function showSteps(
  run: ShownRun,
  steps: readonly StepRow[],
  effects: readonly EffectRow[],
): ShownStep[] {
  const rows = steps.filter((step) => step.run_id === run.id);
  const byStep = Map.groupBy(
    effects.filter((effect) => effect.run_id === run.id),
    ({ step_id }) => step_id,
  );
  const begun = new Map(rows.map(({ step_id, position }) => [step_id, position]));
  for (const [id, [effect]] of byStep) if (effect !== undefined) begun.set(id, effect.step_position);
  return [...begun]
    .toSorted(([, a], [, b]) => a - b)
    .map(([id]) => {
      const row = rows.find(({ step_id }) => step_id === id);
      const own = byStep.get(id) ?? [];
      return { id, status: stepStatus(run, row, own), effects: own.map(showEffect) };
    });
}

function stepStatus(
  run: ShownRun,
  step: StepRow | undefined,
  effects: readonly EffectRow[],
): ShownStep['status'] {
  if (step?.kind === 'skipped') return 'skipped';
  const isWrite = step === undefined || step.kind === 'write';
  const isDone = isWrite ? effects.every(({ outcome }) => isApplied(outcome)) : step.output !== null;
  if (isDone) return 'succeeded';
  if (run.status === 'dead_lettered' || run.status === 'discarded') return 'failed';
  return run.status === 'waiting' ? 'waiting' : 'running';
}

function showEffect(row: EffectRow): ShownEffect {
  return {
    id: [row.run_id, row.step_id, row.iteration, row.position].join('.'),
    connection: row.connection,
    operation: row.operation,
    naturalKey: row.natural_key,
    outcome: row.outcome,
    guarantee: row.guarantee,
    class: row.class,
    attempts: row.attempts,
    revision: row.revision,
    vendorId: row.vendor_id,
    error: showError(row.error),
  };
}

function showError(text: string | null): ShownError | null {
  if (text === null) return null;
  // Written by us as an error's data.
  const { code, message } = parseJson(text) as unknown as ErrorData;
  return { code, message };
}
