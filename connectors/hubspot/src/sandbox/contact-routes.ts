import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import type { RequestHandler } from 'msw';
import { z } from 'zod';
import { problemResponse } from './hubspot-problems.ts';
import {
  findContactByEmail,
  refusedProperties,
  shown,
  type WrittenRecord,
  writeRecord,
} from './hubspot-records.ts';
import { type RouteAnswer, type RouteRequest, route } from './hubspot-route.ts';
import type { HubspotState } from './hubspot-state.ts';
import { answerSearch } from './search-route.ts';
import { contactEvent } from './webhook-events.ts';

const contacts = '/crm/objects/2026-03/contacts';

export function contactRoutes(context: SandboxContext<HubspotState>): readonly RequestHandler[] {
  return [
    route(context, 'post', `${contacts}/batch/upsert`, 'crm.objects.contacts.write', (request) =>
      upsertBatch(context, request),
    ),
    route(context, 'post', `${contacts}/search`, 'crm.objects.contacts.read', (request) =>
      answerSearch(context, 'contacts', request),
    ),
    route(context, 'get', `${contacts}/:contactId`, 'crm.objects.contacts.read', (request) =>
      getContact(context, request),
    ),
  ];
}

function getContact({ state }: SandboxContext<HubspotState>, { params, query }: RouteRequest): RouteAnswer {
  const key = params['contactId'] ?? '';
  const record =
    query.get('idProperty') === 'email' ? findContactByEmail(state, key) : state.contacts.get(key);
  if (record === undefined) {
    return problemResponse(404, {
      category: 'OBJECT_NOT_FOUND',
      message: `Object not found. objectId are usually numeric. (${key})`,
    });
  }
  return { status: 200, body: shown('contacts', record, query.getAll('properties')) };
}

const batchSchema = z.object({
  inputs: z.array(
    z.object({
      id: z.string().min(1),
      idProperty: z.string().optional(),
      objectWriteTraceId: z.string().min(1).optional(),
      properties: z.record(z.string(), z.unknown()),
    }),
  ),
});
type Input = z.infer<typeof batchSchema>['inputs'][number];

/** HubSpot's most in one batch. */
const mostInputs = 100;

function upsertBatch(context: SandboxContext<HubspotState>, { body }: RouteRequest): RouteAnswer {
  const parsed = batchSchema.safeParse(body);
  const inputs = parsed.data?.inputs ?? [];
  const wrong = parsed.success ? wrongBatch(inputs) : z.prettifyError(parsed.error);
  if (wrong !== undefined) {
    return problemResponse(400, { category: 'VALIDATION_ERROR', message: wrong });
  }
  const traces = new Set(
    inputs.flatMap(({ objectWriteTraceId: trace }) => (trace === undefined ? [] : [trace])),
  );
  const isMultiStatus = traces.size === inputs.length;
  const errors = inputs.flatMap((input) => {
    const message = refusedProperties('contacts', input.properties);
    return message === undefined ? [] : [{ input, message }];
  });
  // Without a trace id at each input one wrong record refuses the whole batch.
  const [first] = errors;
  if (first !== undefined && !isMultiStatus) {
    return problemResponse(400, { category: 'VALIDATION_ERROR', message: first.message });
  }
  const startedAt = context.clock.now().toISOString();
  const refused = new Set(errors.map(({ input }) => input));
  const results = inputs.filter((input) => !refused.has(input)).map((input) => upsertOne(context, input));
  return {
    status: errors.length > 0 ? 207 : 200,
    body: {
      status: 'COMPLETE',
      startedAt,
      completedAt: context.clock.now().toISOString(),
      results,
      ...(errors.length > 0 ? { numErrors: errors.length, errors: errors.map(errorOf) } : {}),
    },
  };
}

function wrongBatch(inputs: readonly Input[]): string | undefined {
  if (inputs.length > mostInputs) return `The maximum batch size is ${mostInputs}`;
  const other = inputs.find(({ idProperty }) => idProperty !== 'email')?.idProperty;
  if (inputs.some(({ idProperty }) => idProperty !== 'email')) {
    return `Unable to perform update/upsert by non-unique 0-1 property ${other ?? 'hs_object_id'}`;
  }
  const ids = new Set(inputs.map(({ id }) => id.trim().toLowerCase()));
  return ids.size < inputs.length ? 'Duplicate IDs found in batch input' : undefined;
}

function upsertOne(
  context: SandboxContext<HubspotState>,
  { id, properties, objectWriteTraceId }: Input,
): object {
  const existing = findContactByEmail(context.state, id);
  // `refusedProperties` has seen that all values are text.
  const values = { email: id, ...(properties as Record<string, string>) };
  const written = writeRecord(context, 'contacts', existing, values);
  for (const event of eventsOf(context, written)) context.emit(event);
  return {
    ...shown('contacts', written.record, ['email', ...Object.keys(properties)]),
    new: written.action === 'created',
    ...(objectWriteTraceId === undefined ? {} : { objectWriteTraceId }),
  };
}

function errorOf({ input, message }: { input: Input; message: string }): object {
  return {
    status: 'error',
    category: 'VALIDATION_ERROR',
    message,
    context: { objectWriteTraceId: [input.objectWriteTraceId] },
    errors: [],
    links: {},
  };
}

/** What HubSpot tells its subscribers about a write that came through the app's own token. */
function eventsOf(
  { clock, nextId }: SandboxContext<HubspotState>,
  { record, action, changed }: WrittenRecord,
) {
  if (action === 'unchanged') return [];
  const facts = { objectId: Number(record.id), occurredAt: clock.now(), source: 'INTEGRATION' as const };
  if (action === 'created') {
    return [contactEvent({ ...facts, eventId: nextId(), subscriptionType: 'contact.creation' })];
  }
  return changed.map((propertyName) =>
    contactEvent({
      ...facts,
      eventId: nextId(),
      subscriptionType: 'contact.propertyChange',
      propertyName,
      propertyValue: record.properties[propertyName] ?? '',
    }),
  );
}
