import type { RenderedStep, StepDescription } from '@onceover/automation/host';
import { errorToData, type JsonValue, OnceoverError, stringifyJson } from '@onceover/contract';
import type { KnownFlow } from '../automations/catalog.ts';
import { emitEvent } from './emit-step.ts';
import { runReadStep } from './read-step.ts';
import type { Iterations, StepVerdict, StoredRun, StoredStep } from './run.ts';
import type { WorkContext } from './work-context.ts';
import { runWriteStep } from './write-step.ts';

type Results = Record<string, JsonValue>;

/** Goes through a flow's steps from where earlier attempts came to; ends at the first that is not done. */
export async function executeRun(
  context: WorkContext,
  flow: KnownFlow,
  stored: StoredRun,
): Promise<StepVerdict> {
  const results: Results = {};
  for (const [position, step] of flow.description.steps.entries()) {
    const verdict = await executeStep(context, flow, {
      step,
      position,
      results,
      stored: stored.steps.get(step.id),
    });
    if (verdict.kind !== 'done') return verdict;
    if (verdict.result !== undefined) results[step.id] = verdict.result;
  }
  return { kind: 'done', result: undefined };
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
  if (stored?.kind === 'skipped') return { kind: 'done', result: undefined };
  if (stored?.output !== undefined) {
    return { kind: 'done', result: stored.kind === 'read' ? stored.output : undefined };
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
    return { kind: 'failed', error: errorToData(error) };
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
      return waitUntil(context, step.id, rendered.until);
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
      return { kind: 'operation', iterations: (input as unknown as { iterations: Iterations }).iterations };
  }
}

function waitUntil({ ports, writes, run }: WorkContext, stepId: string, until: string): StepVerdict {
  const afterMs = Date.parse(until) - ports.clock.now().getTime();
  if (afterMs > 0) return { kind: 'later', waitingFor: 'timer', afterMs, error: null };
  writes.setOutput({ run_id: run.id, step_id: stepId, output: stringifyJson({ until }) });
  return { kind: 'done', result: undefined };
}

function mismatch(stepId: string) {
  return errorToData(new Error(`Step ${stepId} was rendered as something else than it is`));
}
