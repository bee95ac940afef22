import type { RenderedStep, StepDescription } from '@onceover/automation/host';
import { errorToData, isApplied, type JsonValue, OnceoverError, stringifyJson } from '@onceover/contract';
import type { KnownFlow } from '../automations/catalog.ts';
import { emitEvent } from './emit-step.ts';
import { runReadStep } from './read-step.ts';
import type { Iterations, StepVerdict, StoredRun, StoredStep } from './run.ts';
import type { WorkContext } from './work-context.ts';
import { resultOfWrites, runWriteStep, writeResult } from './write-step.ts';

type Results = Record<string, JsonValue>;

/** How far an attempt has come. */
export interface Progress {
  /** A step is done that was not before: what fails now has not failed yet. */
  hasAdvanced: boolean;
}

/** Goes through a flow's steps from where earlier attempts came to; ends at the first that is not done. */
export async function executeRun(
  context: WorkContext,
  flow: KnownFlow,
  stored: StoredRun,
  progress: Progress,
): Promise<StepVerdict> {
  const results: Results = {};
  for (const [position, step] of flow.description.steps.entries()) {
    const before = stored.steps.get(step.id);
    const verdict = await executeStep(context, flow, { step, position, results, stored: before });
    if (verdict.kind !== 'done') return verdict;
    if (before === undefined || !isDone(before)) progress.hasAdvanced = true;
    if (verdict.result !== undefined) results[step.id] = verdict.result;
  }
  return { kind: 'done', result: undefined };
}

/** Whether earlier attempts brought it to its end. */
function isDone({ kind, input, output, effects }: StoredStep): boolean {
  if (kind === 'skipped') return true;
  if (kind !== 'write') return output !== undefined;
  const records = iterationsOf(input).flatMap((iteration) =>
    'records' in iteration ? iteration.records : [],
  );
  return effects.length === records.length && effects.every(({ outcome }) => isApplied(outcome));
}

/** A read's or write's input, as it was stored. */
function iterationsOf(input: JsonValue): Iterations {
  return (input as unknown as { iterations: Iterations }).iterations;
}

interface StepFacts {
  step: StepDescription;
  position: number;
  results: Results;
  stored: StoredStep | undefined;
}

async function executeStep(
  context: WorkContext,
  flow: KnownFlow,
  { step, position, results, stored }: StepFacts,
): Promise<StepVerdict> {
  const { run, writes } = context;
  if (stored !== undefined && isDone(stored)) {
    return { kind: 'done', result: resultOf(stored, step) };
  }
  let rendered: RenderedStep;
  try {
    rendered =
      stored === undefined
        ? await flow.automation.renderStep({
            flow: flow.description.id,
            step: step.id,
            event: run.event,
            results,
          })
        : renderedAgain(stored);
  } catch (error) {
    if (!OnceoverError.isInstance(error)) throw error;
    const data = errorToData(error);
    // The host could not be asked, or not to the end: that says nothing about the step.
    return data.retry === 'never' ? { kind: 'failed', error: data } : { kind: 'retry', error: data };
  }
  const begin = (kind: StoredStep['kind'], input: JsonValue | null) => {
    if (stored !== undefined) return;
    writes.addStep({
      run_id: run.id,
      step_id: step.id,
      tenant: run.tenant,
      position,
      kind,
      input: input === null ? null : stringifyJson(input),
      output: null,
    });
  };
  switch (rendered.kind) {
    case 'skipped':
      begin('skipped', null);
      return { kind: 'done', result: undefined };
    case 'wait':
      begin('wait', { until: rendered.until });
      return waitUntil(context, step.id, new Date(rendered.until), stored !== undefined);
    case 'emit':
      begin('emit', rendered.data);
      return emitEvent(context, step, rendered.data);
    case 'operation': {
      if (step.kind !== 'operation') return { kind: 'failed', error: mismatch(step.id) };
      const { id, operation, hasForEach, mode } = step;
      const { iterations } = rendered;
      const common = { id, operation, hasForEach, iterations };
      // What was rendered came through the host's codec: it is JSON.
      const input = { iterations } as unknown as JsonValue;
      return mode === 'read'
        ? runReadStep(context, { ...common, begin: () => begin('read', input) })
        : runWriteStep(context, { ...common, position, stored, begin: () => begin('write', input) });
    }
  }
}

/** What was stored is what goes on, whatever the flow's code would say now. */
function renderedAgain({ kind, input }: StoredStep): RenderedStep {
  switch (kind) {
    case 'skipped':
      return { kind: 'skipped' };
    case 'wait':
      return { kind: 'wait', until: (input as { until: string }).until };
    case 'emit':
      return { kind: 'emit', data: input };
    case 'read':
    case 'write':
      return { kind: 'operation', iterations: iterationsOf(input) };
  }
}

/** By the database's clock alone: the run is parked until the instant, also when this runner's clock says it is past. */
function waitUntil(
  { writes, run }: WorkContext,
  stepId: string,
  until: Date,
  isStored: boolean,
): StepVerdict {
  if (!isStored || !run.isTimerOver) return { kind: 'timer', until };
  writes.setOutput({
    run_id: run.id,
    step_id: stepId,
    output: stringifyJson({ until: until.toISOString() }),
  });
  return { kind: 'done', result: undefined };
}

/** What later steps see of a step that is done. */
function resultOf(
  { kind, output, input, effects }: StoredStep,
  step: StepDescription,
): JsonValue | undefined {
  if (kind === 'read') return output;
  if (kind !== 'write') return undefined;
  const results = iterationsOf(input).map((_, number) =>
    resultOfWrites(effects.filter(({ iteration }) => iteration === number)),
  );
  return writeResult(results, step.kind === 'operation' && step.hasForEach);
}

function mismatch(stepId: string) {
  return errorToData(new Error(`Step ${stepId} was rendered as something else than it is`));
}
