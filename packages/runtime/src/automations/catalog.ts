import type { AutomationDescription, FlowDescription } from '@onceover/automation/host';
import { ConfigurationError, domainEvents, jsonSchemaOf, parseEventType } from '@onceover/contract';
import { z } from 'zod';
import type { LoadedAutomation } from '../ports.ts';
import { createHostedAutomation, type HostedAutomation } from './hosted-automation.ts';

/** An event type that this runner knows. */
export interface KnownEventType {
  name: string;
  version: number;
  type: string;
  summary: string;
  /** JSON Schema of the data. */
  jsonSchema: unknown;
  example: unknown;
  schema: z.ZodType;
}

/** A loaded flow and the code behind it. */
export interface KnownFlow {
  tenant: string;
  automationId: string;
  automation: HostedAutomation;
  description: FlowDescription;
  /** The event type it subscribes to. */
  on: { name: string; version: number; type: string };
}

/** A flow's claim on an event, and whether its data must be brought to a later version first. */
export interface Subscription {
  flow: KnownFlow;
  upcast: { name: string; from: number; to: number } | null;
}

/** What is loaded: event types and flows. */
export interface Catalog {
  readonly eventTypes: readonly KnownEventType[];
  readonly flows: readonly KnownFlow[];
  eventType(tenant: string, type: string): KnownEventType | undefined;
  /** Undefined when this runner has not loaded that version of the flow. */
  flow(tenant: string, id: string, version: number): KnownFlow | undefined;
  subscriptions(tenant: string, type: string): readonly Subscription[];
}

/** @throws {ConfigurationError} for what this version cannot do, or two things of one name */
export function createCatalog(automations: readonly LoadedAutomation[]): Catalog {
  const shared = new Map<string, KnownEventType>(
    domainEvents.map(({ name, version, type, summary, schema, example }) => [
      type,
      { name, version, type, summary, schema, example, jsonSchema: jsonSchemaOf(schema) },
    ]),
  );
  const own = new Map<string, KnownEventType>();
  const flows = new Map<string, KnownFlow>();
  const upcasts = new Map<string, Set<string>>();
  for (const loaded of automations) {
    refuseWhatIsNotDone(loaded);
    const { tenant, description } = loaded;
    const automation = createHostedAutomation(loaded);
    for (const event of description.events) {
      const key = keyOf(tenant, event.type);
      if (event.hasUpcast) addTo(upcasts, loaded.id, event.type);
      // Two automations may share one definition of an event type.
      if (own.has(key) && JSON.stringify(own.get(key)?.jsonSchema) !== JSON.stringify(event.schema)) {
        throw new ConfigurationError(`The event type ${event.type} is defined twice, and differently`);
      }
      own.set(key, { ...event, jsonSchema: event.schema, schema: schemaOf(event) });
    }
    for (const flow of description.flows) {
      const key = keyOf(tenant, `${flow.id} ${flow.version}`);
      if (flows.has(key)) {
        throw new ConfigurationError(
          `Flow ${flow.id} version ${flow.version} is defined twice: in ${flows.get(key)?.automationId} and in ${loaded.id}`,
        );
      }
      flows.set(key, {
        tenant,
        automationId: loaded.id,
        automation,
        description: flow,
        on: subscribedType(loaded, flow, (type) => shared.get(type) ?? own.get(keyOf(tenant, type))),
      });
    }
  }
  const all = [...flows.values()];
  const eventType = (tenant: string, type: string) => shared.get(type) ?? own.get(keyOf(tenant, type));
  const subscribed = new Map<string, readonly Subscription[]>();
  return {
    eventTypes: [...shared.values(), ...own.values()],
    flows: all,
    eventType,
    flow: (tenant, id, version) => flows.get(keyOf(tenant, `${id} ${version}`)),
    subscriptions(tenant, type) {
      const key = keyOf(tenant, type);
      const known = subscribed.get(key);
      if (known !== undefined) return known;
      const found = latestVersions(all)
        .filter((flow) => flow.tenant === tenant)
        .flatMap((flow) => subscriptionOf(flow, type, upcasts.get(flow.automationId)) ?? []);
      // Types come from outside: only known ones are kept.
      if (eventType(tenant, type) !== undefined) subscribed.set(key, found);
      return found;
    },
  };
}

const keyOf = (tenant: string, name: string) => `${tenant} ${name}`;

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key) ?? new Set();
  set.add(value);
  map.set(key, set);
}

function schemaOf(event: AutomationDescription['events'][number]): z.ZodType {
  try {
    // The description came as JSON; zod checks that it is a JSON Schema.
    return z.fromJSONSchema(event.schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (cause) {
    throw new ConfigurationError(`The schema of event type ${event.type} cannot be read`, { cause });
  }
}

function refuseWhatIsNotDone({ id, description }: LoadedAutomation): void {
  const [policy] = description.policies;
  if (policy !== undefined) {
    throw new ConfigurationError(
      `Automation ${id} has the policy "${policy.id}", and this version does not decide policies yet: its writes would go out unasked. Remove it until it does.`,
      { code: 'policy_not_enforced' },
    );
  }
  const scheduled = description.flows.find(({ on }) => 'schedule' in on);
  if (scheduled !== undefined) {
    throw new ConfigurationError(
      `Flow ${scheduled.id} of automation ${id} starts by a schedule, and this version does not run schedules yet. Let it start by an event, or remove it until it does.`,
      { code: 'schedule_not_run' },
    );
  }
}

function subscribedType(
  { id }: LoadedAutomation,
  flow: FlowDescription,
  find: (type: string) => KnownEventType | undefined,
): KnownFlow['on'] {
  const type = 'event' in flow.on ? flow.on.event : '';
  const parsed = parseEventType(type);
  if (parsed === undefined || find(type) === undefined) {
    throw new ConfigurationError(
      `Flow ${flow.id} of automation ${id} subscribes to ${type}, which no one defines`,
    );
  }
  return { ...parsed, type };
}

/** Two versions of a flow may be loaded, so that old runs can finish; new events start the latest. */
function latestVersions(flows: readonly KnownFlow[]): readonly KnownFlow[] {
  const latest = new Map<string, KnownFlow>();
  for (const flow of flows) {
    const key = keyOf(flow.tenant, flow.description.id);
    const other = latest.get(key);
    if (other === undefined || other.description.version < flow.description.version) latest.set(key, flow);
  }
  return [...latest.values()];
}

function subscriptionOf(
  flow: KnownFlow,
  type: string,
  upcasts: ReadonlySet<string> | undefined,
): Subscription | undefined {
  const event = parseEventType(type);
  if (event === undefined || event.name !== flow.on.name || event.version > flow.on.version) return undefined;
  if (event.version === flow.on.version) return { flow, upcast: null };
  for (let version = event.version + 1; version <= flow.on.version; version += 1) {
    if (upcasts?.has(`${event.name}.v${version}`) !== true) return undefined;
  }
  return { flow, upcast: { name: event.name, from: event.version, to: flow.on.version } };
}
