import { failsWith } from '@onceover/automation/testing';
import { describeCases } from '@onceover/automation/testing/vitest';
import { invoicePaid } from './invoice-paid-flow.ts';

const ada = {
  contact: {
    connection: 'crm',
    records: [
      { email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace', lifecycleStage: 'customer' },
    ],
  },
  requester: { connection: 'support', records: [{ email: 'ada@example.com', name: 'Ada Lovelace' }] },
} as const;

describeCases(invoicePaid, [
  {
    name: 'a first invoice makes a contact and a requester, and opens one ticket named after the invoice',
    expect: {
      lane: 'ada@example.com',
      steps: {
        ...ada,
        ticket: {
          connection: 'support',
          records: [
            {
              externalId: 'invoice-inv_1001',
              subject: 'Welcome: invoice A-1001 is paid',
              description: 'The first invoice, 800.00 USD, was paid. Say welcome and offer a first call.',
              requester: { email: 'ada@example.com' },
              priority: 'normal',
              tags: ['first-invoice'],
            },
          ],
        },
      },
    },
  },
  {
    name: 'a later invoice opens no ticket',
    event: { firstInvoice: false },
    expect: { steps: { ...ada, ticket: 'skipped' } },
  },
  {
    name: 'a customer without a name is called by the address at support, and nameless in the CRM',
    event: { customer: { name: undefined }, firstInvoice: false },
    expect: {
      steps: {
        contact: { connection: 'crm', records: [{ email: 'ada@example.com', lifecycleStage: 'customer' }] },
        requester: {
          connection: 'support',
          records: [{ email: 'ada@example.com', name: 'ada@example.com' }],
        },
        ticket: 'skipped',
      },
    },
  },
  {
    name: 'a name of three words keeps its family names together',
    event: { customer: { name: ' Ada King  Lovelace ' }, firstInvoice: false },
    expect: {
      steps: {
        contact: {
          connection: 'crm',
          records: [
            {
              email: 'ada@example.com',
              firstName: 'Ada',
              lastName: 'King Lovelace',
              lifecycleStage: 'customer',
            },
          ],
        },
        requester: {
          connection: 'support',
          records: [{ email: 'ada@example.com', name: 'Ada King  Lovelace' }],
        },
        ticket: 'skipped',
      },
    },
  },
  {
    name: 'one customer is one lane, however the address is written',
    event: { customer: { email: 'ADA@Example.com' }, firstInvoice: false },
    expect: {
      lane: 'ada@example.com',
      steps: {
        contact: {
          connection: 'crm',
          records: [{ ...ada.contact.records[0], email: 'ADA@Example.com' }],
        },
        requester: {
          connection: 'support',
          records: [{ email: 'ADA@Example.com', name: 'Ada Lovelace' }],
        },
        ticket: 'skipped',
      },
    },
  },
  {
    name: 'an invoice id that makes too long an external id stops at the ticket, after the CRM',
    event: { invoiceId: 'i'.repeat(255) },
    expect: { steps: { ...ada, ticket: failsWith('/records/0/externalId') } },
  },
]);
