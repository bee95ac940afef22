import { type JsonValue, readPointerText, type WebhookManifest } from '@onceover/contract';
import type { BrokerPort } from '../ports.ts';

/** A trigger whose body is an array of items, as some vendors send them. */
export const itemsWebhook: WebhookManifest = {
  kind: 'webhook',
  name: 'contacts',
  summary: 'Changes of contacts.',
  source: 'https://vendor.example/docs',
  events: ['crm.contact-changed.v1'],
  signature: {
    algorithm: 'sha256',
    encoding: 'hex',
    header: 'X-Signature',
    format: { kind: 'plain' },
    signed: ['body'],
    secret: 'webhookSecret',
  },
  items: '',
  key: [{ pointer: '/account' }, { pointer: '/id' }],
  account: { pointer: '/account' },
  record: [{ pointer: '/contact' }],
  time: { pointer: '/at', unit: 'milliseconds' },
  subscription: { manual: ['Ask the vendor.'] },
};

/** One entry of a delivery. */
export function item(id: number, more: Readonly<Record<string, JsonValue>> = {}): Record<string, JsonValue> {
  return { id, account: 7, contact: `c${id}`, at: 1_795_514_400_000, email: `c${id}@example.com`, ...more };
}

/** Reads one event out of an item; `email: "bad"` gives data that its schema refuses, `throws: true` throws. */
export const normalizeContacts: BrokerPort['normalize'] = async ({ items }) => ({
  items: items.map(({ item: one, record }) => {
    if (readPointerText(one, '/throws') === 'true') {
      const message = 'the connector cannot read this';
      return {
        error: { class: 'OnceoverError', code: 'unexpected', message, logMessage: message, retry: 'never' },
      };
    }
    const email = readPointerText(record ?? one, '/email') ?? '';
    const contact = { vendorId: readPointerText(one, '/contact') ?? '?', email };
    const event = { type: 'crm.contact-changed.v1', data: { contact, change: 'updated', fields: [] } };
    return { events: readPointerText(one, '/twice') === 'true' ? [event, event] : [event] };
  }),
});
