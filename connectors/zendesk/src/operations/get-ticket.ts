import { implement, type StoredTicket, storedTicketSchema, support } from '@onceover/contract';
import { readAnswer } from '../zendesk-errors.ts';
import { type FoundTicket, ticketAnswerSchema, withRequester } from '../zendesk-records.ts';

/** Reads a ticket with its requester, whom Zendesk keeps apart; null when it is gone. */
export const getTicket = implement(support.tickets.get, {
  scopes: ['tickets:read', 'users:read'],
  reads: ['GET /api/v2/tickets/{id}'],
  source: 'https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#show-ticket',
  async run({ input, http }) {
    // https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/
    const response = await http.request({
      method: 'GET',
      path: `/api/v2/tickets/${encodeURIComponent(input.vendorId)}`,
      query: { include: 'users' },
      accept: [404],
    });
    if (response.status === 404) return { ticket: null };
    const { ticket, users } = readAnswer(ticketAnswerSchema, response);
    if (ticket.status === 'deleted') return { ticket: null };
    return { ticket: storedTicket(withRequester(ticket, users)) };
  },
});

function storedTicket({ ticket, requester }: FoundTicket): StoredTicket {
  return storedTicketSchema.parse({
    vendorId: ticket.id,
    externalId: ticket.external_id || undefined,
    subject: ticket.subject ?? '',
    status: ticket.status,
    priority: ticket.priority ?? undefined,
    requester: { email: requester?.email || undefined, name: requester?.name || undefined },
    updatedAt: ticket.updated_at ?? undefined,
  });
}
