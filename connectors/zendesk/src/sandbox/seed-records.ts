import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import type { JsonValue } from '@onceover/contract';
import { z } from 'zod';
import { newUser } from './user-routes.ts';
import { putTicket, putUser, secondsText, type ZendeskState } from './zendesk-state.ts';

const ticketSeedSchema = z.strictObject({
  ticket: z.strictObject({
    id: z.number().int().positive(),
    subject: z.string(),
    description: z.string().optional(),
    external_id: z.string().nullable().default(null),
    status: z.enum(['new', 'open', 'pending', 'hold', 'solved', 'closed', 'deleted']).default('open'),
    priority: z.enum(['low', 'normal', 'high', 'urgent']).nullable().default(null),
    tags: z.array(z.string()).default([]),
  }),
  requester: z.strictObject({
    id: z.number().int().positive(),
    name: z.string(),
    email: z.string().nullable(),
  }),
});
export type TicketSeed = z.input<typeof ticketSeedSchema>;

/** A ticket and its requester, as if both had always been there. */
export function seedTicket(record: JsonValue, { state, clock }: SandboxContext<ZendeskState>): void {
  const { ticket, requester } = ticketSeedSchema.parse(record);
  const now = secondsText(clock.now());
  putUser(state, {
    ...newUser(requester.id, now),
    name: requester.name,
    email: requester.email?.toLowerCase() ?? null,
  });
  putTicket(state, {
    ...ticket,
    description: ticket.description ?? ticket.subject,
    type: null,
    requester_id: requester.id,
    submitter_id: requester.id,
    assignee_id: null,
    group_id: null,
    custom_fields: [],
    created_at: now,
    updated_at: now,
  });
}
