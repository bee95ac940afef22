export { sandbox } from './start-zendesk-sandbox.ts';
export type { TicketSeed } from './seed-records.ts';
export { type TicketEventFacts, ticketCreated, ticketPriorityChanged } from './webhook-events.ts';
export { zendeskSandbox } from './zendesk-sandbox.ts';
export { sandboxAccountId, sandboxAgentId, type ZendeskState } from './zendesk-state.ts';
