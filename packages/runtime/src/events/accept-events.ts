import { type CloudEvent, cloudEventSchema, type JsonValue, parseEventType } from '@onceover/contract';
import type { Catalog } from '../automations/catalog.ts';
import type { Clock } from '../ports.ts';
import type { NewEvent } from './event.ts';
import type { EventRecorder } from './record-events.ts';
import { validateData } from './validate-data.ts';

/** Where a request's events are not acceptable. The first token of a pointer is the event's index. */
export interface EventProblem {
  pointer: string;
  detail: string;
}

export type AcceptedEvents =
  | { events: readonly { id: string; source: string; duplicate: boolean }[] }
  | { errors: readonly EventProblem[] };

/** Events from an API's caller: all are recorded, or none. */
export function createEventAcceptor(ports: { catalog: Catalog; recorder: EventRecorder; clock: Clock }) {
  const { catalog, recorder, clock } = ports;
  return async (request: { tenant: string; envelopes: readonly unknown[] }): Promise<AcceptedEvents> => {
    const { tenant, envelopes } = request;
    const errors: EventProblem[] = [];
    const events: NewEvent[] = [];
    for (const [index, envelope] of envelopes.entries()) {
      const read = readEnvelope(envelope, tenant, catalog, clock);
      if ('event' in read) events.push(read.event);
      else
        errors.push(
          ...read.errors.map(({ pointer, detail }) => ({ pointer: `/${index}${pointer}`, detail })),
        );
    }
    if (errors.length > 0) return { errors };
    const isKnown = await recorder.record(events);
    return {
      events: events.map(({ id, source }, index) => ({ id, source, duplicate: isKnown[index] === true })),
    };
  };
}

/** CloudEvents attributes that are not extensions. */
const known = new Set(['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'data']);

function readEnvelope(
  envelope: unknown,
  tenant: string,
  catalog: Catalog,
  clock: Clock,
): { event: NewEvent } | { errors: readonly EventProblem[] } {
  // The data is checked by its own schema below, and may hold numbers that zod does not know.
  const { data, ...head } = isRecord(envelope) ? envelope : { data: undefined };
  const parsed = cloudEventSchema.safeParse(isRecord(envelope) ? head : envelope);
  if (!parsed.success) {
    return {
      errors: parsed.error.issues.map(({ path, message }) => ({
        pointer: path.map((step) => `/${String(step)}`).join(''),
        detail: message,
      })),
    };
  }
  const problem = attributeProblem(parsed.data);
  if (problem !== undefined) return { errors: [problem] };
  const { id, source, type, subject, time } = parsed.data;
  const eventType = catalog.eventType(tenant, type);
  if (eventType === undefined) return { errors: [{ pointer: '/type', detail: unknownType(catalog, type) }] };
  const value = data as JsonValue | undefined;
  const problems = validateData(eventType.schema, value);
  if (problems.length > 0) {
    return { errors: problems.map(({ path, detail }) => ({ pointer: `/data${path}`, detail })) };
  }
  if (value === undefined) return { errors: [{ pointer: '/data', detail: 'is required' }] };
  const extensions = Object.entries(parsed.data).filter(([name]) => !known.has(name));
  return {
    event: {
      tenant,
      source,
      id,
      type,
      subject: subject ?? null,
      time: time === undefined ? clock.now() : new Date(time),
      data: value,
      attributes:
        extensions.length === 0 ? null : (Object.fromEntries(extensions) as Record<string, JsonValue>),
      isEcho: false,
    },
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function attributeProblem(event: CloudEvent): EventProblem | undefined {
  for (const name of ['id', 'source', 'subject'] as const) {
    const text = event[name];
    if (text !== undefined && (text.includes('\0') || !text.isWellFormed())) {
      return { pointer: `/${name}`, detail: 'must not hold control characters or broken Unicode' };
    }
  }
  if (event['data_base64'] !== undefined) {
    return { pointer: '/data_base64', detail: 'is not taken: send JSON in data' };
  }
  return undefined;
}

function unknownType(catalog: Catalog, type: string): string {
  const name = parseEventType(type)?.name;
  if (name === undefined) return 'must be a name and a version, like billing.invoice-paid.v1';
  const versions = catalog.eventTypes.filter((one) => one.name === name).map(({ version }) => version);
  return versions.length === 0
    ? `The event type ${name} is not known here: GET /v1/event-types lists those that are`
    : `The event type ${name} has no such version here; known: ${versions.join(', ')}`;
}
