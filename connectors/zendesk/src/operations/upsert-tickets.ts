import {
  type HttpClient,
  idempotencyKey,
  implement,
  type KeyedRecord,
  lookup,
  NotFoundError,
  type OperationContext,
  type RecordOutcome,
  support,
  type Ticket,
} from '@onceover/contract';
import { z } from 'zod';
import { isClosedTicket, readAnswer, readProblem, rejectedRecord } from '../zendesk-errors.ts';
import {
  type FoundTicket,
  isOpenToChange,
  ticketAnswerSchema,
  ticketListSchema,
  withRequester,
  zendeskTicketSchema,
} from '../zendesk-records.ts';
import { newTicket, ticketChanges } from './ticket-bodies.ts';

const answerSchema = z.object({ ticket: zendeskTicketSchema });

/** Where Zendesk's complaints lie in our record. */
const paths = {
  base: '/requester',
  comment: '/description',
  priority: '/priority',
  requester: '/requester',
  subject: '/subject',
};

/**
 * Zendesk has no upsert of tickets and does not keep external ids unique: the ticket is found first (by our link,
 * else by external id) and then opened or changed. A key sent with a new ticket holds for two hours. A closed
 * ticket cannot change: a new one is opened. A ticket that is already as the record says is not written.
 */
export const upsertTickets = implement(support.tickets.upsert, {
  guarantee: idempotencyKey({
    header: 'Idempotency-Key',
    // https://developer.zendesk.com/api-reference/ticketing/introduction/#idempotency
    hours: 2,
    // Zendesk does not say how soon a new ticket is listed by its external id: a minute is our caution.
    then: lookup('external_id', { lagSeconds: 60 }),
  }),
  scopes: ['tickets:read', 'tickets:write', 'users:read'],
  reads: ['GET /api/v2/tickets', 'GET /api/v2/tickets/{id}'],
  writes: ['POST /api/v2/tickets', 'PUT /api/v2/tickets/{id}'],
  source: 'https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#create-ticket',
  async run(context) {
    const outcomes: RecordOutcome[] = [];
    for (const record of context.records) outcomes.push(await upsertTicket(record, context));
    return outcomes;
  },
  async lookup({ records, links, http }) {
    const linked = await links.find(records.map(({ naturalKey }) => naturalKey));
    const found: (string | null)[] = [];
    for (const { record, naturalKey } of records) {
      const ticket = await findByExternalId(naturalKey, http);
      // A ticket that was known before was being changed: that it is there does not tell that it has changed.
      const isDone = !linked.has(naturalKey) || (ticket && ticketChanges(record, ticket) === undefined);
      found.push(ticket !== undefined && isDone ? ticket.ticket.id : null);
    }
    return found;
  },
});

async function upsertTicket(
  { record, naturalKey }: KeyedRecord<Ticket>,
  { http, links }: OperationContext,
): Promise<RecordOutcome> {
  const linkedId = (await links.find([naturalKey])).get(naturalKey);
  const found =
    linkedId === undefined ? await findByExternalId(naturalKey, http) : await readLinked(linkedId, http);
  if (found === undefined) return openTicket(newTicket(record, naturalKey), http);
  const changes = ticketChanges(record, found);
  const vendorId = found.ticket.id;
  return changes === undefined ? { outcome: 'unchanged', vendorId } : changeTicket(vendorId, changes, http);
}

/** The newest ticket with this external id that can still change. */
async function findByExternalId(externalId: string, http: HttpClient): Promise<FoundTicket | undefined> {
  // https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#list-tickets
  const response = await http.request({
    method: 'GET',
    path: '/api/v2/tickets',
    query: { external_id: externalId, include: 'users' },
  });
  const { tickets, users } = readAnswer(ticketListSchema, response);
  const newest = tickets
    .filter((ticket) => ticket.external_id === externalId && isOpenToChange(ticket))
    .sort((one, other) => Number(other.id) - Number(one.id))[0];
  return newest === undefined ? undefined : withRequester(newest, users);
}

/** A link whose ticket is gone or closed is of no more use: the host forgets it and plans anew. */
async function readLinked(vendorId: string, http: HttpClient): Promise<FoundTicket> {
  // https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#show-ticket
  const response = await http.request({
    method: 'GET',
    path: `/api/v2/tickets/${encodeURIComponent(vendorId)}`,
    query: { include: 'users' },
  });
  const { ticket, users } = readAnswer(ticketAnswerSchema, response);
  if (!isOpenToChange(ticket)) throw ticketEnded(vendorId);
  return withRequester(ticket, users);
}

async function openTicket(ticket: Record<string, unknown>, http: HttpClient): Promise<RecordOutcome> {
  // https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#create-ticket
  const response = await http.request({
    method: 'POST',
    path: '/api/v2/tickets',
    json: { ticket },
    accept: [422],
  });
  if (response.status === 422) throw rejectedRecord(readProblem(response.json), paths);
  const answer = answerSchema.safeParse(response.json);
  return answer.success
    ? { outcome: 'created', vendorId: answer.data.ticket.id }
    : { outcome: 'outcome_unknown', reason: 'Zendesk accepted the ticket and did not tell its id' };
}

async function changeTicket(
  vendorId: string,
  ticket: Record<string, unknown>,
  http: HttpClient,
): Promise<RecordOutcome> {
  // https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#update-ticket
  const response = await http.request({
    method: 'PUT',
    path: `/api/v2/tickets/${encodeURIComponent(vendorId)}`,
    json: { ticket },
    accept: [422],
  });
  if (response.status !== 422) {
    return answerSchema.safeParse(response.json).success
      ? { outcome: 'updated', vendorId }
      : { outcome: 'outcome_unknown', reason: 'Zendesk accepted the update and did not show the ticket' };
  }
  const problem = readProblem(response.json);
  throw isClosedTicket(problem) ? ticketEnded(vendorId) : rejectedRecord(problem, paths);
}

function ticketEnded(vendorId: string): NotFoundError {
  return new NotFoundError(`Zendesk's ticket ${vendorId} is closed or deleted and cannot change`, {
    code: 'ticket_closed',
  });
}
