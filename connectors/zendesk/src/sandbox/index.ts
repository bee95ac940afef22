export type { TicketSeed } from './seed-records.ts';
export { type TicketEventFacts, ticketCreated, ticketPriorityChanged } from './webhook-events.ts';
export { sandbox } from './zendesk-sandbox.ts';
export { sandboxAccountId, sandboxAgentId, type ZendeskState } from './zendesk-state.ts';
