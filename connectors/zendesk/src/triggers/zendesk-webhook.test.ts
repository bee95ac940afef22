import { readFileSync } from 'node:fs';
import { findWebhook, type JsonValue, readPointerText, verifyDelivery } from '@onceover/contract';
import { expect, test } from 'vitest';
import { ticketCreated, ticketPriorityChanged } from '../sandbox/webhook-events.ts';
import { signedDelivery } from '../testing/signed-delivery.ts';
import { zendesk } from '../zendesk-connector.ts';
import { zendeskWebhook } from './zendesk-webhook.ts';

interface Fixture {
  source: string;
  version: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

const opened = fixture('ticket-created');
const changed = fixture('ticket-priority-changed');
const secret = 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==';

test.each([
  ['ticket-created', opened],
  ['ticket-priority-changed', changed],
] as const)(
  'signature: %s is accepted as Zendesk signs it, time without a fraction',
  (name, { headers, body }) => {
    const timestamp = headers['X-Zendesk-Webhook-Signature-Timestamp'] ?? '';
    const delivery = signedDelivery(name, { secret, timestamp, body: JSON.stringify(body) });
    const verify = (now: Date, rawBody = Buffer.from(delivery.body)) =>
      verifyDelivery(zendeskWebhook.signature, { ...delivery, rawBody }, [secret], now).verified;
    expect(verify(new Date(timestamp))).toBe(true);
    expect(verify(new Date(timestamp), Buffer.from(`${delivery.body} `))).toBe(false);
    expect(verify(new Date(Date.parse(timestamp) + 301_000))).toBe(false);
  },
);

test('signature: the order is time and then body, not the other way round', () => {
  const timestamp = '2026-11-24T10:00:00Z';
  const swapped = signedDelivery('swapped', { secret, timestamp: '{"a":1}', body: timestamp });
  const verdict = verifyDelivery(
    zendeskWebhook.signature,
    {
      method: 'POST',
      url: swapped.url,
      headers: { ...swapped.headers, 'x-zendesk-webhook-signature-timestamp': timestamp },
      rawBody: Buffer.from('{"a":1}'),
    },
    [secret],
    new Date(timestamp),
  );
  expect(verdict).toEqual({ verified: false, reason: 'mismatch' });
});

test('manifest: account, record, time and who acted are where real deliveries have them', () => {
  const manifest = findWebhook(zendesk.manifest);
  for (const { body, headers } of [opened, changed]) {
    expect(manifest?.account).toEqual({ pointer: '/account_id' });
    expect(readPointerText(body, '/account_id')).toBe('12514403');
    expect(manifest?.record).toEqual([{ pointer: '/detail/id' }]);
    expect(readPointerText(body, '/detail/id')).toBe('5158');
    expect(manifest?.time).toEqual({ pointer: '/time', unit: 'rfc3339' });
    expect(Number.isNaN(Date.parse(readPointerText(body, '/time') ?? ''))).toBe(false);
    expect(manifest?.echo).toEqual({ pointer: '/detail/actor_id', is: 'identity' });
    expect(readPointerText(body, '/detail/actor_id')).toMatch(/^\d+$/);
    expect(manifest?.key).toEqual([{ header: 'X-Zendesk-Webhook-Invocation-Id' }]);
    expect(headers).toHaveProperty('X-Zendesk-Webhook-Invocation-Id');
  }
});

test('generator: its events have the shape of the documented ones', () => {
  const facts = {
    eventId: 'e-1',
    at: '2026-11-24T10:00:00Z',
    ticket: { id: 1, subject: 'x', requesterId: 2 },
  };
  expect(keysOf(ticketCreated(facts))).toEqual(keysOf(opened.body));
  const rise = ticketPriorityChanged({ ...facts, priority: 'urgent', previousPriority: 'low' });
  expect(keysOf(rise)).toEqual(keysOf(changed.body));
  expect(rise).toMatchObject({
    event: { current: 'URGENT', previous: 'LOW' },
    detail: { priority: 'URGENT' },
  });
});

test('normalize: events of other kinds, and items that are not hydrated, mean nothing', () => {
  expect(zendeskWebhook.normalize({ item: { type: 'zen:event-type:user.created' } })).toEqual([]);
  expect(
    zendeskWebhook.normalize({
      item: { type: 'zen:event-type:ticket.status_changed' },
      record: { ticket: { vendorId: '1' } },
    }),
  ).toEqual([]);
});

function fixture(name: string): Fixture {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), 'utf8')) as Fixture;
}

/** Names at every depth, sorted. */
function keysOf(value: unknown, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value)
    .flatMap(([name, child]) => [`${pointer}/${name}`, ...keysOf(child, `${pointer}/${name}`)])
    .sort();
}

test('normalize: a previous priority that Zendesk does not have is none', () => {
  const item = { ...changed.body, event: { current: 'URGENT', previous: 'SEVERE' } } as JsonValue;
  const [event] = zendeskWebhook.normalize({ item, record: { ticket: { vendorId: '5158' } } });
  expect(event).toMatchObject({ type: 'support.ticket-escalated.v1', data: { priority: 'urgent' } });
  expect(event?.data).not.toHaveProperty('previousPriority');
});

test('normalize: a time that is missing is null, which no event type takes', () => {
  const record = { ticket: { vendorId: '5158' } };
  const { time: _time, ...rise } = { ...changed.body, event: { current: 'URGENT' } } as Record<
    string,
    JsonValue
  >;
  expect(zendeskWebhook.normalize({ item: rise, record })).toMatchObject([{ data: { escalatedAt: null } }]);
  expect(
    zendeskWebhook.normalize({ item: { type: 'zen:event-type:ticket.created', detail: {} }, record }),
  ).toMatchObject([{ data: { openedAt: null } }]);
});
