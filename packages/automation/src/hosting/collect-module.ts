import { ConfigurationError, domainEvents, type EventType } from '@onceover/contract';
import { type AnyFlow, isFlow } from '../flows/flow.ts';
import { scheduleDue } from '../flows/schedule.ts';
import { type AnyPolicy, isPolicy } from '../policies/define-policy.ts';

/** What an automation module exports, found by marks and never by names. */
export interface Automation {
  readonly flows: ReadonlyMap<string, AnyFlow>;
  readonly policies: readonly AnyPolicy[];
  /** Event types that the module itself defines, by type. */
  readonly ownEvents: ReadonlyMap<string, EventType>;
  /** These, the domains' and the schedule's. */
  readonly knownEvents: ReadonlyMap<string, EventType>;
}

/**
 * Gathers the exports of automation modules (`import * as module`).
 * @throws {ConfigurationError} when an id or an event type is defined twice
 */
export function collectModule(modules: readonly object[]): Automation {
  // One export may be named twice (`export { flow, flow as default }`).
  const exported = [...new Set(modules.flatMap((module) => Object.values(module) as unknown[]))];
  const flows = byId('Flow', exported.filter(isFlow), ({ facts }) => facts.id);
  const policies = byId('Policy', exported.filter(isPolicy), ({ id }) => id);
  const shared = byId('Event type', [...domainEvents, scheduleDue], ({ type }) => type);
  const used = [...flows.values()].flatMap(({ on, steps }) => [
    ...(on.kind === 'event-type' ? [on] : []),
    ...steps.flatMap((step) => (step.kind === 'emit' ? [step.event] : [])),
  ]);
  const own = byId(
    'Event type',
    [...new Set([...exported.filter(isEventType), ...used])].filter(
      (event) => shared.get(event.type) !== event,
    ),
    ({ type }) => type,
  );
  if (flows.size + policies.size + own.size === 0) {
    throw new ConfigurationError(
      'The automation exports no flow, policy or event type: export what defineFlow made',
    );
  }
  for (const type of own.keys()) {
    if (shared.has(type))
      throw new ConfigurationError(`Event type ${type} belongs to a domain: choose another name`);
  }
  return {
    flows,
    policies: [...policies.values()],
    ownEvents: own,
    knownEvents: new Map([...shared, ...own]),
  };
}

function isEventType(value: unknown): value is EventType {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'event-type';
}

function byId<Thing>(
  what: string,
  things: readonly Thing[],
  idOf: (thing: Thing) => string,
): ReadonlyMap<string, Thing> {
  const found = new Map<string, Thing>();
  for (const thing of things) {
    const id = idOf(thing);
    if (found.has(id)) throw new ConfigurationError(`${what} ${id} is defined twice`);
    found.set(id, thing);
  }
  return found;
}
