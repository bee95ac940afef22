import { type AppliedEffect, errorToData, type JsonValue, naturalKeyOf } from '@onceover/contract';
import { describeFlow } from '../flows/describe-flow.ts';
import type { AnyFlow, Flow, FlowEvent, FlowStep, StepShapes } from '../flows/flow.ts';
import { scheduleDue } from '../flows/schedule.ts';
import { orderEvent } from '../hosting/order-event.ts';
import type { RenderedIteration, RenderedStep } from '../hosting/protocol.ts';
import { renderStep } from '../hosting/render-step.ts';
import { toJson } from '../hosting/to-json.ts';
import { validate } from '../hosting/validate.ts';
import { type Difference, findDifferences } from './find-differences.ts';
import type { AnyFlowCase, FlowCase } from './flow-case.ts';
import { mergeExample } from './merge-example.ts';

/** What became of one case. */
export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  readonly differences: readonly Difference[];
  /** The differences in words; empty when the case passed. */
  readonly report: string;
}

/**
 * Runs a flow's table: each event is rendered step by step as the host would, without a database or network.
 * @throws {ConfigurationError} when the flow itself is not valid
 */
export function runCases<Data, Steps extends StepShapes>(
  flow: Flow<Data, Steps>,
  cases: readonly FlowCase<Data, Steps>[],
): readonly CaseResult[] {
  describeFlow(flow);
  return cases.map((one) => runCase(flow, one as unknown as AnyFlowCase));
}

function runCase(flow: AnyFlow, one: AnyFlowCase): CaseResult {
  const differences = differencesOf(flow, one);
  return {
    name: one.name,
    passed: differences.length === 0,
    differences,
    report: differences.map(tell).join('\n'),
  };
}

function differencesOf(flow: AnyFlow, one: AnyFlowCase): readonly Difference[] {
  let event: FlowEvent;
  try {
    event = eventOf(flow, one);
  } catch (error) {
    return [{ path: '/event', expected: 'valid data', received: failureOf(error) }];
  }
  const { lane } = one.expect;
  return [
    ...(lane === undefined ? [] : findDifferences(lane, laneOf(flow, event), '/lane')),
    ...findDifferences(expectedSteps(one), renderSteps(flow, event, one), '/steps'),
  ];
}

function eventOf({ on }: AnyFlow, { event, envelope }: AnyFlowCase): FlowEvent {
  const type = on.kind === 'schedule' ? scheduleDue : on;
  const data = toJson(mergeExample(type.example, event));
  return {
    id: 'case-1',
    source: '/cases',
    type: type.type,
    time: '2026-11-24T10:00:00Z',
    ...envelope,
    data: toJson(validate(type.schema as typeof scheduleDue.schema, data, { what: type.type, place: '' })),
  };
}

function laneOf(flow: AnyFlow, event: FlowEvent): JsonValue {
  try {
    return orderEvent(flow, event);
  } catch (error) {
    return failureOf(error);
  }
}

/** What the case expects, as JSON; words of a failure stay words until the step has failed. */
function expectedSteps({ expect }: AnyFlowCase): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(
    Object.entries(expect.steps).map(([id, value]) => [id, toJson(value, `/expect/steps/${id}`)]),
  );
}

/** Renders until the end or the first step that fails; each step's text is what a case compares. */
function renderSteps(flow: AnyFlow, event: FlowEvent, one: AnyFlowCase): Readonly<Record<string, JsonValue>> {
  const results: Record<string, JsonValue> = {};
  const rendered: Record<string, JsonValue> = {};
  for (const step of flow.steps) {
    try {
      const next = renderStep(flow, step.id, event, results);
      rendered[step.id] = comparable(step, next);
      const result = one.results?.[step.id] ?? assumedResult(step, next);
      if (result !== undefined) results[step.id] = toJson(result, `/results/${step.id}`);
    } catch (error) {
      rendered[step.id] = failure(error, one.expect.steps[step.id]);
      break;
    }
  }
  return rendered;
}

function comparable(step: FlowStep, rendered: RenderedStep): JsonValue {
  switch (rendered.kind) {
    case 'skipped':
      return 'skipped';
    case 'wait':
      return { until: rendered.until };
    case 'emit':
      return rendered.data;
    case 'operation': {
      const iterations = rendered.iterations.map((iteration) => ({ ...iteration }));
      const isList = step.kind === 'operation' && step.forEach !== undefined;
      return isList ? iterations : (iterations[0] ?? null);
    }
  }
}

/** A write that the case does not speak of has created its records. */
function assumedResult(step: FlowStep, rendered: RenderedStep): unknown {
  if (step.kind !== 'operation' || step.operation.kind !== 'write') return undefined;
  if (rendered.kind !== 'operation') return undefined;
  const { naturalKey } = step.operation;
  let count = 0;
  const resultOf = (iteration: RenderedIteration) => ({
    effects: ('records' in iteration ? iteration.records : []).map((record): AppliedEffect => {
      count += 1;
      return {
        naturalKey: naturalKeyOf(naturalKey, record),
        outcome: 'created',
        vendorId: `${step.id}-${count}`,
      };
    }),
  });
  const results = rendered.iterations.map(resultOf);
  return step.forEach === undefined ? results[0] : results;
}

function failureOf(error: unknown): { readonly failsWith: string } {
  const { message, path } = errorToData(error);
  return { failsWith: path === undefined || path === '' ? message : `${message} (${path})` };
}

/** A failure that holds the expected words is equal to them. */
function failure(error: unknown, expected: unknown): JsonValue {
  const received = failureOf(error);
  const words =
    typeof expected === 'object' && expected !== null && 'failsWith' in expected
      ? expected.failsWith
      : undefined;
  return typeof words === 'string' && received.failsWith.includes(words) ? { failsWith: words } : received;
}

function tell({ path, expected, received }: Difference): string {
  const show = (value: JsonValue | undefined) => (value === undefined ? 'nothing' : JSON.stringify(value));
  return `  ${path}\n    - expected ${show(expected)}\n    + received ${show(received)}`;
}
