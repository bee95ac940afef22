import type { EventType } from '../events.ts';
import type { DomainOperation } from '../operations.ts';
import { billing } from './billing.ts';
import { crm } from './crm.ts';
import { support } from './support.ts';

export {
  billing,
  type Customer,
  customerSchema,
  type Invoice,
  invoiceSchema,
  type Refund,
  refundSchema,
} from './billing.ts';
export {
  type Company,
  companySchema,
  type Contact,
  contactSchema,
  crm,
  type Deal,
  dealSchema,
  lifecycleStageSchema,
  type StoredContact,
  storedContactSchema,
} from './crm.ts';
export {
  type Comment,
  commentSchema,
  type Priority,
  prioritySchema,
  type StoredTicket,
  storedTicketSchema,
  support,
  type SupportUser,
  supportUserSchema,
  type Ticket,
  ticketSchema,
} from './support.ts';

/** The business events that every runner knows. */
export const domainEvents: readonly EventType[] = [
  crm.contactChanged,
  crm.leadQualified,
  billing.invoicePaid,
  billing.invoicePaymentFailed,
  support.ticketOpened,
  support.ticketEscalated,
];

/** The operations that connectors of a domain share. */
export const domainOperations: readonly DomainOperation[] = [
  crm.contacts,
  crm.companies,
  billing.customers,
  billing.invoices,
  billing.refunds,
  support.users,
  support.tickets,
  support.comments,
].flatMap((group) => Object.values<DomainOperation>(group));
