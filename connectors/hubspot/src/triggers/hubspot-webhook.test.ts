import { parseJson } from '@onceover/contract';
import { expect, test } from 'vitest';
import { hubspotWebhook } from './hubspot-webhook.ts';

const contact = { vendorId: '501', email: 'ada@example.com' };
const item = {
  objectId: 501,
  occurredAt: 1_795_514_402_000,
  subscriptionType: 'contact.propertyChange',
  propertyName: 'lifecyclestage',
  propertyValue: 'salesqualifiedlead',
};

test('normalize: events are plain JSON, times as text', () => {
  expect(hubspotWebhook.normalize({ item, record: { contact } })).toStrictEqual([
    {
      type: 'crm.contact-changed.v1',
      data: { contact, change: 'updated', fields: ['lifecyclestage'] },
    },
    {
      type: 'crm.lead-qualified.v1',
      data: { contact, stage: 'sales-qualified', qualifiedAt: '2026-11-24T10:00:02.000Z' },
    },
  ]);
});

test('normalize: an id of more digits than a double holds keeps them all', () => {
  const text = JSON.stringify({ ...item, objectId: 0, subscriptionType: 'contact.deletion' });
  const long = parseJson(text.replace('"objectId":0', '"objectId":12345678901234567891'));
  expect(hubspotWebhook.normalize({ item: long })).toMatchObject([
    { data: { contact: { vendorId: '12345678901234567891' }, change: 'removed', fields: [] } },
  ]);
});

test('normalize: an item without an object or a time is none', () => {
  const { objectId: _objectId, ...withoutObject } = item;
  const { occurredAt: _occurredAt, ...withoutTime } = item;
  for (const odd of [withoutObject, withoutTime, { ...item, subscriptionType: 'toString' }]) {
    expect(hubspotWebhook.normalize({ item: odd, record: { contact } })).toEqual([]);
  }
});

test('normalize: properties that are null are as good as absent', () => {
  const created = { ...item, subscriptionType: 'contact.creation', propertyName: null, propertyValue: null };
  expect(hubspotWebhook.normalize({ item: created, record: { contact } })).toEqual([
    { type: 'crm.contact-changed.v1', data: { contact, change: 'created', fields: [] } },
  ]);
});
