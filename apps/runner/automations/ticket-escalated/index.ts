export { ticketEscalated } from './ticket-escalated-flow.ts';
