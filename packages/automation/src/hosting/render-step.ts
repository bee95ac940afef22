import {
  ConfigurationError,
  type DomainWrite,
  type JsonValue,
  naturalKeyOf,
  ValidationError,
} from '@onceover/contract';
import { z } from 'zod';
import type { AnyFlow, FlowEvent, FlowStep } from '../flows/flow.ts';
import { callUserCode, type CodePlace, describe } from './call-user-code.ts';
import type { RenderedIteration, RenderedStep } from './protocol.ts';
import { toJson } from './to-json.ts';
import { validate } from './validate.ts';

type OperationStep = Extract<FlowStep, { kind: 'operation' }>;

const connectionSchema = z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be the id of a connection');
const writeSchema = z.strictObject({ connection: connectionSchema, records: z.array(z.unknown()) });
const readSchema = z.strictObject({ connection: connectionSchema, input: z.unknown() });
const instantSchema = z.iso.datetime({ offset: true, error: 'must be an RFC 3339 instant or a Date' });

/**
 * What a step does next, given the results of the steps before it.
 * @throws {ValidationError} with the path of what is wrong in what the map gave
 * @throws {OnceoverError} `automation_threw` when the author's code threw
 */
export function renderStep(
  flow: AnyFlow,
  stepId: string,
  event: FlowEvent,
  results: Readonly<Record<string, JsonValue>>,
): RenderedStep {
  const step = flow.steps.find(({ id }) => id === stepId);
  if (step === undefined) throw new ConfigurationError(`Flow ${flow.facts.id} has no step ${stepId}`);
  const place = { flow: flow.facts.id, step: stepId };
  const context = { ...results, event };
  switch (step.kind) {
    case 'operation':
      return renderOperation(place, step, context);
    case 'wait': {
      const until = callUserCode({ ...place, function: 'until' }, step.until, context);
      const text = until instanceof Date && !Number.isNaN(until.getTime()) ? until.toISOString() : until;
      const what = describe({ ...place, function: 'until' });
      return { kind: 'wait', until: validate(instantSchema, text, { what, place: '' }) };
    }
    case 'emit': {
      const data = callUserCode({ ...place, function: 'map' }, step.map, context);
      const what = describe({ ...place, function: 'map' });
      return { kind: 'emit', data: toJson(validate(step.event.schema, data, { what, place: '' })) };
    }
  }
}

function renderOperation(
  place: Omit<CodePlace, 'function'>,
  step: OperationStep,
  context: object,
): RenderedStep {
  if (step.when !== undefined && !callUserCode({ ...place, function: 'when' }, step.when, context)) {
    return { kind: 'skipped' };
  }
  const at = { ...place, function: 'map' };
  const rendered =
    step.forEach === undefined
      ? [renderIteration(at, step, context, '')]
      : itemsOf(place, step.forEach, context).map((item, index) =>
          renderIteration(at, step, { ...context, item }, `/${index}`),
        );
  if (step.operation.kind === 'write') refuseTwins(at, step.operation, rendered, step.forEach !== undefined);
  return { kind: 'operation', iterations: rendered };
}

function itemsOf(
  place: Omit<CodePlace, 'function'>,
  forEach: (context: object) => unknown,
  context: object,
): readonly unknown[] {
  const at = { ...place, function: 'forEach' };
  const items = callUserCode(at, forEach, context);
  if (!Array.isArray(items)) throw new ValidationError(`${describe(at)} must give an array`, { path: '' });
  return items;
}

function renderIteration(
  at: CodePlace,
  step: OperationStep,
  context: object,
  place: string,
): RenderedIteration {
  const given = callUserCode(at, step.map, context);
  const what = describe(at);
  if (step.operation.kind === 'read') {
    const { connection, input } = validate(readSchema, given, { what, place });
    const valid = validate(step.operation.input, input, { what, place: `${place}/input` });
    return { connection, input: toJson(valid, `${place}/input`) };
  }
  const { record: schema } = step.operation;
  const { connection, records } = validate(writeSchema, given, { what, place });
  return {
    connection,
    records: records.map((record, index) => {
      const path = `${place}/records/${index}`;
      return toJson(validate(schema, record, { what, place: path }), path);
    }),
  };
}

/** Two records with one natural key in a step would be two writes of one effect. */
function refuseTwins(
  at: CodePlace,
  { naturalKey }: DomainWrite,
  iterations: readonly RenderedIteration[],
  hasForEach: boolean,
): void {
  const seen = new Map<string, string>();
  for (const [number, iteration] of iterations.entries()) {
    if (!('records' in iteration)) continue;
    for (const [index, record] of iteration.records.entries()) {
      const path = `${hasForEach ? `/${number}` : ''}/records/${index}`;
      const key = keyOf(naturalKey, record, path);
      const id = JSON.stringify([iteration.connection, key]);
      const twin = seen.get(id);
      if (twin !== undefined) {
        throw new ValidationError(
          `${describe(at)}: ${path} and ${twin} have one natural key (${key}): merge them`,
          {
            path,
          },
        );
      }
      seen.set(id, path);
    }
  }
}

function keyOf(parts: DomainWrite['naturalKey'], record: JsonValue, path: string): string {
  try {
    return naturalKeyOf(parts, record);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new ValidationError(error.message, { path: `${path}${error.path ?? ''}` });
  }
}
