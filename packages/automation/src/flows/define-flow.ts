import { ConfigurationError } from '@onceover/contract';
import {
  type FlowBuilder,
  type FlowEvent,
  type FlowStart,
  type FlowStep,
  markFlow,
  type StartData,
  type StepShapes,
} from './flow.ts';
import { type FlowFacts, parseFlowFacts, type Tier } from './flow-facts.ts';
import type { Kpi } from './kpi.ts';

export interface FlowDefinition<On extends FlowStart> {
  /** Lower case letters, digits and hyphens; unique in the environment. */
  id: string;
  /** Raise it with each change: a run finishes on the version it began with. */
  version: number;
  /** An event type, or `schedule(zone, cron)`. */
  on: On;
  /** The team that is asked when the flow fails. */
  owner: string;
  /** What to do when the flow fails: a path beside the flow, or a URL. */
  runbook: string;
  tier: Tier;
  kpi: Kpi;
  /**
   * The business key: runs with one key happen in the order of their events. Leading and trailing space, and the
   * case of an e-mail address, do not matter. Null or undefined: the event waits for no other.
   */
  orderBy?: (context: { readonly event: FlowEvent<StartData<On>> }) => string | null | undefined;
  /** Starts also for events that our own writes caused. */
  echoes?: boolean;
  /** What a dead letter does to the runs behind it. Default: `hold` for revenue and regulated, else `release`. */
  lane?: { onDeadLetter: 'release' | 'hold' };
  /** When a failing run becomes a dead letter: after 12 attempts or 24 hours unless told otherwise. */
  retry?: { maxAttempts?: number; maxHours?: number };
}

/**
 * Declares an automation: one sequence of steps for each event. Its functions are pure and synchronous; everything
 * that reaches a vendor is an operation.
 * @throws {ConfigurationError} that names the flow and the field
 */
export function defineFlow<const On extends FlowStart>(
  definition: FlowDefinition<On>,
): FlowBuilder<StartData<On>, Readonly<Record<never, never>>> {
  const { on, orderBy, ...declared } = definition;
  const facts = parseFlowFacts(declared);
  if (on?.kind !== 'event-type' && on?.kind !== 'schedule') {
    throw new ConfigurationError(`Flow ${facts.id}: on: must be an event type or schedule(zone, cron)`, {
      path: '/on',
    });
  }
  return build({ facts, on, orderBy: orderBy as FlowParts['orderBy'], steps: [] });
}

interface FlowParts {
  facts: FlowFacts;
  on: FlowStart;
  orderBy: ((context: { event: FlowEvent }) => unknown) | undefined;
  steps: readonly FlowStep[];
}

type Fn = (context: object) => unknown;

/** The builder's types live in `FlowBuilder`; here each step is plain data with functions. */
function build<Data, Steps extends StepShapes>(parts: FlowParts): FlowBuilder<Data, Steps> {
  const add = (step: FlowStep) => build({ ...parts, steps: [...parts.steps, checkedStep(parts, step)] });
  const builder = {
    step(
      id: string,
      operation: FlowStep & object,
      map: Fn | { forEach: Fn; map: Fn },
      options?: { when?: Fn },
    ) {
      const each = typeof map === 'function' ? { map, forEach: undefined } : map;
      return add({ kind: 'operation', id, operation, ...each, when: options?.when } as unknown as FlowStep);
    },
    wait: (id: string, until: Fn) => add({ kind: 'wait', id, until }),
    emit: (id: string, event: unknown, map: Fn) => add({ kind: 'emit', id, event, map } as FlowStep),
  };
  return markFlow({ ...parts, ...builder }) as unknown as FlowBuilder<Data, Steps>;
}

/** What the types promise, for callers without them. */
function checkedStep({ facts, steps }: FlowParts, step: FlowStep): FlowStep {
  const refuse = (message: string) => {
    throw new ConfigurationError(`Flow ${facts.id}, step ${step.id}: ${message}`, {
      path: `/steps/${steps.length}`,
    });
  };
  if (typeof step.id !== 'string' || !/^[a-z][a-zA-Z0-9]{0,63}$/.test(step.id)) {
    refuse('a step id is a name like contact or openTicket');
  }
  if (step.id === 'event' || step.id === 'item') refuse('this id is taken by what a step’s functions get');
  if (steps.some(({ id }) => id === step.id)) refuse('this id is used twice');
  const isFunction = (value: unknown) => typeof value === 'function';
  if (step.kind === 'operation') {
    if (step.operation?.kind !== 'read' && step.operation?.kind !== 'write') {
      refuse('the second argument must be an operation of a domain, like crm.contacts.upsert');
    }
    if (!isFunction(step.map)) refuse('map must be a function, or { forEach, map }');
    if (step.forEach !== undefined && !isFunction(step.forEach)) refuse('forEach must be a function');
    if (step.when !== undefined && !isFunction(step.when)) refuse('when must be a function');
  } else if (step.kind === 'wait') {
    if (!isFunction(step.until)) refuse('until must be a function');
  } else {
    if (step.event?.kind !== 'event-type') refuse('the second argument must be an event type');
    if (!isFunction(step.map)) refuse('map must be a function');
  }
  return Object.freeze(step);
}
