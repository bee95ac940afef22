import { describeCases } from '@onceover/automation/testing/vitest';
import { leadQualified } from './lead-qualified-flow.ts';

describeCases(leadQualified, [
  {
    name: 'a qualified lead becomes a customer with the full name',
    expect: {
      lane: 'ada@example.com',
      steps: {
        customer: {
          connection: 'billing',
          records: [{ email: 'ada@example.com', name: 'Ada Lovelace' }],
        },
      },
    },
  },
  {
    name: 'a lead without a family name keeps the first name alone',
    event: { contact: { lastName: undefined } },
    expect: {
      steps: { customer: { connection: 'billing', records: [{ email: 'ada@example.com', name: 'Ada' }] } },
    },
  },
  {
    name: 'a nameless lead leaves the name at billing as it is, and brings the phone number along',
    event: { contact: { firstName: undefined, lastName: undefined, phone: '+49 30 1234' } },
    expect: {
      steps: {
        customer: {
          connection: 'billing',
          records: [{ email: 'ada@example.com', phone: '+49 30 1234' }],
        },
      },
    },
  },
  {
    name: 'a marketing qualified lead is a customer too',
    event: { stage: 'marketing-qualified' },
    expect: {
      steps: {
        customer: {
          connection: 'billing',
          records: [{ email: 'ada@example.com', name: 'Ada Lovelace' }],
        },
      },
    },
  },
]);
