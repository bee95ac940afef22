import {
  ConfigurationError,
  ContractVersionError,
  errorToData,
  type ErrorData,
  type HostedModule,
  jsonSchemaOf,
  type JsonValue,
  withPlainNumbers,
} from '@onceover/contract';
import type { z } from 'zod';
import { describeFlow } from '../flows/describe-flow.ts';
import type { AnyFlow } from '../flows/flow.ts';
import { type Automation, collectModule } from './collect-module.ts';
import { orderEvent } from './order-event.ts';
import type { AutomationDescription, AutomationReply, AutomationRequest } from './protocol.ts';
import { renderStep } from './render-step.ts';
import { upcastData } from './upcast-data.ts';

/**
 * Wraps automation modules (`import * as module from './index.ts'`) so that a host can call them by messages
 * alone. A module that cannot be described answers every request with that error.
 */
export function serveAutomation(...modules: readonly object[]): HostedModule {
  let automation: Automation | undefined;
  return {
    handle(request) {
      try {
        automation ??= collectModule(modules);
        // The host has parsed the message; its shape is the host's promise. Authors' types say number, and no more.
        const reply = answer(automation, withPlainNumbers(request) as AutomationRequest);
        return Promise.resolve(reply as unknown as JsonValue);
      } catch (error) {
        const reply: AutomationReply = { kind: 'error', error: errorToData(error) };
        return Promise.resolve(reply as unknown as JsonValue);
      }
    },
  };
}

function answer(automation: Automation, request: AutomationRequest): AutomationReply {
  switch (request.kind) {
    case 'describe':
      return { kind: 'described', automation: describeAutomation(automation) };
    case 'order-by':
      return {
        kind: 'ordered',
        answers: each(request.calls, ({ flow, event }) => ({
          key: orderEvent(flowOf(automation, flow), event),
        })),
      };
    case 'upcast':
      return {
        kind: 'upcasted',
        answers: each(request.calls, (call) => ({ data: upcastData(automation.knownEvents, call) })),
      };
    case 'render-step':
      return {
        kind: 'rendered',
        answers: each(request.calls, ({ flow, step, event, results }) =>
          renderStep(flowOf(automation, flow), step, event, results),
        ),
      };
    default:
      throw new ContractVersionError(
        `This automation was built before the request "${String((request as { kind: unknown }).kind)}" existed`,
      );
  }
}

/** One call's error is its own. */
function each<Call, Answer>(
  calls: readonly Call[],
  run: (call: Call) => Answer,
): readonly (Answer | { error: ErrorData })[] {
  return calls.map((call) => {
    try {
      return run(call);
    } catch (error) {
      return { error: errorToData(error) };
    }
  });
}

function flowOf({ flows }: Automation, id: string): AnyFlow {
  const flow = flows.get(id);
  if (flow === undefined) throw new ConfigurationError(`The automation has no flow ${id}`);
  return flow;
}

function schemaAsData(type: string, schema: z.ZodType): JsonValue {
  try {
    return jsonSchemaOf(schema) as JsonValue;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`Event type ${type}: its data must be JSON: ${said}`, { cause: error });
  }
}

function describeAutomation({ flows, policies, ownEvents }: Automation): AutomationDescription {
  return {
    flows: [...flows.values()].map(describeFlow),
    events: [...ownEvents.values()].map(({ name, version, type, summary, schema, example, upcast }) => ({
      name,
      version,
      type,
      summary,
      schema: schemaAsData(type, schema),
      // It has passed the schema, which is JSON Schema: so it is JSON.
      example: example as JsonValue,
      hasUpcast: upcast !== undefined,
    })),
    policies: policies.map(({ id, version, on, rules }) => ({
      id,
      version,
      on: on.name,
      rules: rules.map(({ name }) => name),
    })),
  };
}
