import { type AppliedEffect, billing, crm, support } from '@onceover/contract';
import { expectTypeOf, test } from 'vitest';
import { defineFlow, type FlowEvent, kpi, schedule } from '../index.ts';

const definition = {
  id: 'invoice-paid',
  version: 1,
  on: billing.invoicePaid,
  owner: 'revenue-operations',
  runbook: './runbook.md',
  tier: 'revenue',
  kpi: kpi.count('paid invoices'),
} as const;

const contact = () => ({ connection: 'crm', records: [{ email: 'ada@example.com' }] });
const flow = defineFlow(definition).step('contact', crm.contacts.upsert, contact);

test('owner, runbook, kpi and tier are required', () => {
  const { owner: _owner, ...ownerless } = definition;
  const { runbook: _runbook, ...runbookless } = definition;
  const { kpi: _kpi, ...unmeasured } = definition;
  const { tier: _tier, ...tierless } = definition;
  // @ts-expect-error owner is missing
  defineFlow(ownerless);
  // @ts-expect-error runbook is missing
  defineFlow(runbookless);
  // @ts-expect-error kpi is missing
  defineFlow(unmeasured);
  // @ts-expect-error tier is missing
  defineFlow(tierless);
  // @ts-expect-error the tier does not exist
  defineFlow({ ...definition, tier: 'gold' });
  // @ts-expect-error the moment does not exist
  kpi.duration('x', { from: 'event.start', to: 'step.contact' });
});

test('orderBy sees the data of the event type, and gives text or nothing', () => {
  defineFlow({
    ...definition,
    orderBy: ({ event }) => {
      expectTypeOf(event.data.customer.email).toEqualTypeOf<string>();
      return event.data.number;
    },
  });
  // @ts-expect-error a number is no key
  defineFlow({ ...definition, orderBy: () => 7 });
  // @ts-expect-error the data has no such field
  defineFlow({ ...definition, orderBy: ({ event }) => event.data.email });
});

test('a schedule’s event carries its instant', () => {
  defineFlow({ ...definition, on: schedule('UTC', '0 7 * * *') }).step(
    'a',
    crm.contacts.upsert,
    ({ event }) => {
      expectTypeOf(event.data).toEqualTypeOf<{ scheduledAt: string; zone: string }>();
      return contact();
    },
  );
});

test('a flow without a step is not a flow', () => {
  expectTypeOf(defineFlow(definition)).not.toHaveProperty('facts');
  expectTypeOf(flow).toHaveProperty('facts');
});

test('a step sees the results before it under their ids, each of its operation’s type', () => {
  flow
    .step('found', crm.contacts.find, ({ contact: written }) => {
      expectTypeOf(written).toEqualTypeOf<{ effects: readonly AppliedEffect[] }>();
      return { connection: 'crm', input: { vendorId: written.effects[0]?.vendorId } };
    })
    .step('ticket', support.tickets.get, ({ found }) => {
      expectTypeOf(found.contact?.email).toEqualTypeOf<string | undefined>();
      return { connection: 'support', input: { vendorId: '7' } };
    });
  // @ts-expect-error a later step is not there yet
  flow.step('early', crm.contacts.upsert, ({ ticket }) => ticket);
});

test('a step that may be skipped may have no result', () => {
  flow
    .step('maybe', crm.contacts.upsert, contact, { when: ({ event }) => event.data.firstInvoice })
    .step('after', crm.contacts.upsert, ({ maybe }) => {
      expectTypeOf(maybe).toEqualTypeOf<{ effects: readonly AppliedEffect[] } | undefined>();
      return contact();
    });
  // @ts-expect-error when answers yes or no
  flow.step('maybe', crm.contacts.upsert, contact, { when: ({ event }) => event.data.number });
});

test('forEach gives each item to map, and makes the result a list', () => {
  flow
    .step('people', crm.contacts.upsert, {
      forEach: ({ event }) => [{ mail: event.data.customer.email }],
      map: ({ item, event }) => {
        expectTypeOf(item).toEqualTypeOf<{ mail: string }>();
        expectTypeOf(event.data.firstInvoice).toEqualTypeOf<boolean>();
        return { connection: 'crm', records: [{ email: item.mail }] };
      },
    })
    .step(
      'after',
      crm.contacts.upsert,
      {
        forEach: ({ people }) => people,
        map: ({ item }) => ({ ...contact(), connection: `${item.effects.length}` }),
      },
      { when: ({ people }) => people.length > 0 },
    )
    .step('last', crm.contacts.upsert, ({ people, after }) => {
      expectTypeOf(people).toEqualTypeOf<readonly { effects: readonly AppliedEffect[] }[]>();
      expectTypeOf(after).toEqualTypeOf<readonly { effects: readonly AppliedEffect[] }[] | undefined>();
      return contact();
    });
});

test('map gives what the operation takes', () => {
  // @ts-expect-error the connection is missing
  flow.step('a', crm.contacts.upsert, () => ({ records: [{ email: 'a@b.co' }] }));
  // @ts-expect-error the records are missing
  flow.step('a', crm.contacts.upsert, () => ({ connection: 'crm' }));
  // @ts-expect-error a write takes records, not input
  flow.step('a', crm.contacts.upsert, () => ({ connection: 'crm', input: {} }));
  // @ts-expect-error the natural key is missing
  flow.step('a', crm.contacts.upsert, () => ({ connection: 'crm', records: [{ firstName: 'Ada' }] }));
  // @ts-expect-error the stage does not exist
  flow.step('a', crm.contacts.upsert, () => ({
    connection: 'crm',
    records: [{ email: '', lifecycleStage: 'x' }],
  }));
  // @ts-expect-error an event type is no operation
  flow.step('a', billing.invoicePaid, contact);
  // Words of an enumeration and lists of text keep their types.
  flow.step('a', support.tickets.upsert, ({ event }) => ({
    connection: 'support',
    records: [
      {
        externalId: event.id,
        subject: 'x',
        description: 'x',
        requester: { email: 'a@b.co' },
        priority: event.data.firstInvoice ? 'low' : 'urgent',
        tags: ['a', event.type],
        vendor: { custom_1: 1, custom_2: null },
      },
    ],
  }));
});

test('a step id is used once, and never hides the event or the item', () => {
  // @ts-expect-error this flow already has a step "contact"
  flow.step('contact', crm.contacts.upsert, contact);
  // @ts-expect-error this flow already has a step "contact"
  flow.wait('contact', ({ event }) => event.time);
  // @ts-expect-error this flow already has a step "pause"
  flow.wait('pause', ({ event }) => event.time).wait('pause', ({ event }) => event.time);
  // @ts-expect-error "event" is what a step's functions call something else
  flow.step('event', crm.contacts.upsert, contact);
  // @ts-expect-error "item" is what a step's functions call something else
  flow.step('item', crm.contacts.upsert, contact);
});

test('wait and emit have no result, and keep those before them', () => {
  flow
    .wait('pause', ({ event }) => new Date(event.time))
    .emit('told', crm.leadQualified, ({ event }) => ({
      contact: { email: event.data.customer.email, vendorId: '7' },
      stage: 'sales-qualified',
      qualifiedAt: event.time,
    }))
    .step('after', crm.contacts.upsert, (context) => {
      expectTypeOf(context).not.toHaveProperty('pause');
      expectTypeOf(context).not.toHaveProperty('told');
      expectTypeOf(context.contact.effects).toEqualTypeOf<readonly AppliedEffect[]>();
      expectTypeOf(context.event).toExtend<FlowEvent>();
      return contact();
    });
  // @ts-expect-error the stage does not exist
  flow.emit('a', crm.leadQualified, () => ({ ...crm.leadQualified.example, stage: 'cold' }));
  // @ts-expect-error a wait ends at an instant
  flow.wait('a', () => 7);
});
