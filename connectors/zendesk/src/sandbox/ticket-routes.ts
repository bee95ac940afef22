import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import type { RequestHandler } from 'msw';
import { z } from 'zod';
import { commentPage } from './comment-page.ts';
import { zendeskRoute } from './zendesk-route.ts';
import { refuseWithout } from './require-scopes.ts';
import { changeTicket, openTicket, requesterOf, ticketBodySchema } from './ticket-writes.ts';
import { auditJson, commentEvent, sandboxOrigin, ticketJson, userJson } from './zendesk-json.ts';
import { notFound, recordInvalid } from './zendesk-problems.ts';
import { findTickets, secondsText, type StoredTicket, type ZendeskState } from './zendesk-state.ts';

const bodySchema = z.object({ ticket: ticketBodySchema });

export function ticketRoutes(context: SandboxContext<ZendeskState>): readonly RequestHandler[] {
  const { state, clock, tokens } = context;

  /** Scopes of a read that may side-load users. */
  const readScopes = (url: URL) => [
    'tickets:read',
    ...(url.searchParams.get('include') === 'users' ? ['users:read'] : []),
  ];
  const sideLoaded = (url: URL, tickets: readonly StoredTicket[]) =>
    url.searchParams.get('include') === 'users'
      ? {
          users: [...new Set(tickets.flatMap((ticket) => [ticket.requester_id, ticket.submitter_id]))]
            .map((id) => state.users.get(id))
            .filter((user) => user !== undefined)
            .map(userJson),
        }
      : {};
  const ticketAt = (id: unknown) => {
    const ticket = state.tickets.get(Number(id));
    return ticket?.status === 'deleted' ? undefined : ticket;
  };

  return [
    // https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#list-tickets
    ...zendeskRoute('get', '/api/v2/tickets', ({ request }) => {
      const url = new URL(request.url);
      const refused = refuseWithout(readScopes(url), request, tokens);
      if (refused !== undefined) return refused;
      const externalId = url.searchParams.get('external_id');
      const all = externalId === null ? [...state.tickets.values()] : findTickets(state, externalId);
      const tickets = all.filter(({ status }) => status !== 'deleted');
      return Response.json({
        tickets: tickets.map(ticketJson),
        ...sideLoaded(url, tickets),
        next_page: null,
        previous_page: null,
        count: tickets.length,
      });
    }),
    // https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#show-ticket
    ...zendeskRoute('get', '/api/v2/tickets/:id', ({ request, params }) => {
      const url = new URL(request.url);
      const refused = refuseWithout(readScopes(url), request, tokens);
      if (refused !== undefined) return refused;
      const ticket = ticketAt(params['id']);
      if (ticket === undefined) return notFound();
      return Response.json({ ticket: ticketJson(ticket), ...sideLoaded(url, [ticket]) });
    }),
    // https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/#list-comments
    ...zendeskRoute('get', '/api/v2/tickets/:id/comments', ({ request, params }) => {
      const refused = refuseWithout(['tickets:read'], request, tokens);
      if (refused !== undefined) return refused;
      const ticket = ticketAt(params['id']);
      if (ticket === undefined) return notFound();
      const comments = state.comments.filter(({ ticket_id }) => ticket_id === ticket.id);
      return Response.json(commentPage(comments, new URL(request.url)));
    }),
    // https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#create-ticket
    ...zendeskRoute('post', '/api/v2/tickets', async ({ request }) => {
      const refused = refuseWithout(['tickets:write'], request, tokens);
      if (refused !== undefined) return refused;
      const body = bodySchema.safeParse(await request.json());
      if (!body.success) return recordInvalid(fieldsOf(body.error));
      const { ticket } = body.data;
      if (!ticket.comment?.body) return recordInvalid({ base: 'Description: cannot be blank' });
      const requesterId =
        ticket.requester === undefined ? state.agentId : requesterOf(ticket.requester, context);
      if (requesterId === undefined) {
        return recordInvalid({ requester: 'Requester: Name: is too short (minimum is 1 characters)' });
      }
      const opened = openTicket(ticket, requesterId, context);
      return Response.json(
        { ticket: ticketJson(opened) },
        { status: 201, headers: { location: `${sandboxOrigin}/api/v2/tickets/${opened.id}.json` } },
      );
    }),
    // https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#update-ticket
    ...zendeskRoute('put', '/api/v2/tickets/:id', async ({ request, params }) => {
      const refused = refuseWithout(['tickets:write'], request, tokens);
      if (refused !== undefined) return refused;
      const ticket = ticketAt(params['id']);
      if (ticket === undefined) return notFound();
      if (ticket.status === 'closed')
        return recordInvalid({ status: 'Status: closed prevents ticket update' });
      const body = bodySchema.safeParse(await request.json());
      if (!body.success) return recordInvalid(fieldsOf(body.error));
      const changes = body.data.ticket;
      const requesterId =
        changes.requester === undefined ? undefined : requesterOf(changes.requester, context);
      if (changes.requester !== undefined && requesterId === undefined) {
        return recordInvalid({ requester: 'Requester: Name: is too short (minimum is 1 characters)' });
      }
      const changed = changeTicket(ticket, changes, requesterId, context);
      return Response.json({
        ticket: ticketJson(ticket),
        audit: auditJson({
          id: changed.auditId,
          ticketId: ticket.id,
          authorId: state.agentId,
          at: secondsText(clock.now()),
          events: [
            ...(changed.comment === undefined ? [] : [commentEvent(changed.comment)]),
            ...changed.changes,
          ],
          metadata: { system: { client: 'onceover' }, custom: changes.metadata ?? {} },
        }),
      });
    }),
  ];
}

function fieldsOf(error: z.ZodError): Record<string, string> {
  return Object.fromEntries(
    error.issues.map(({ path, message }) => [
      String(path[1] ?? 'base'),
      `${String(path[1] ?? 'Ticket')}: ${message}`,
    ]),
  );
}
