import { canonicalEmail, numberText } from '@onceover/contract';
import { z } from 'zod';

/** Zendesk's records, as far as this connector reads them. */

/** Ids are JSON numbers at Zendesk and text with us; the digits stay as they are. */
export const idSchema = z
  .unknown()
  .transform((value) => numberText(value))
  .pipe(z.string().regex(/^\d+$/));

export const zendeskUserSchema = z.object({
  id: idSchema,
  name: z.string().nullish(),
  email: z.string().nullish(),
});
export type ZendeskUser = z.output<typeof zendeskUserSchema>;

/** Loose: a record's `vendor` fields are compared with what the ticket holds. */
export const zendeskTicketSchema = z.looseObject({
  id: idSchema,
  external_id: z.string().nullish(),
  subject: z.string().nullish(),
  status: z.string(),
  priority: z.string().nullish(),
  requester_id: idSchema,
  tags: z.array(z.string()).nullish(),
  custom_fields: z.array(z.object({ id: idSchema, value: z.unknown() })).nullish(),
  updated_at: z.string().nullish(),
});
export type ZendeskTicket = z.output<typeof zendeskTicketSchema>;

/** A ticket and the people it names, side-loaded by `include=users`. */
export const ticketAnswerSchema = z.object({
  ticket: zendeskTicketSchema,
  users: z.array(zendeskUserSchema).nullish(),
});

export const ticketListSchema = z.object({
  tickets: z.array(zendeskTicketSchema),
  users: z.array(zendeskUserSchema).nullish(),
});

/** A ticket with its requester found among the side-loaded users. */
export interface FoundTicket {
  ticket: ZendeskTicket;
  requester: ZendeskUser | undefined;
}

export function withRequester(
  ticket: ZendeskTicket,
  users: readonly ZendeskUser[] | null | undefined,
): FoundTicket {
  return { ticket, requester: users?.find(({ id }) => id === ticket.requester_id) };
}

/** Closed tickets cannot change, deleted ones are gone. */
export function isOpenToChange({ status }: ZendeskTicket): boolean {
  return status !== 'closed' && status !== 'deleted';
}

export function isSameEmail(one: string | null | undefined, other: string): boolean {
  return one !== null && one !== undefined && canonicalEmail(one) === canonicalEmail(other);
}
