import type { JsonValue } from '@onceover/contract';
import { invoicePaidEvent, invoicePaymentFailedEvent } from './golden-events.ts';

export interface GoldenTemplate {
  name: string;
  /** Id of the connection whose hook it is sent to. */
  connection: string;
  event: JsonValue;
}

/** Stands for the time of sending; no other number of an event comes near it. */
const sending = 1_795_514_400;

/**
 * Golden events with placeholders: `{{n}}` is the webhook's number, `{{seconds}}#` the time of sending as a number.
 * All ids and the e-mail address differ from number to number.
 */
export function goldenTemplates(): readonly GoldenTemplate[] {
  const payer = {
    id: '{{n}}',
    email: 'payer-{{n}}@example.com',
    name: 'Payer Number {{n}}',
    created: sending,
  };
  return [
    { name: 'first invoice paid', event: invoicePaidEvent({ ...payer, first: true }) },
    { name: 'renewal paid', event: invoicePaidEvent({ ...payer, amount: 12_050, currency: 'eur' }) },
    {
      name: 'first invoice paid in yen',
      event: invoicePaidEvent({ ...payer, amount: 98_000, currency: 'jpy', first: true }),
    },
    { name: 'payment failed', event: invoicePaymentFailedEvent({ ...payer, attempt: 2 }) },
  ].map(({ name, event }) => ({ name, connection: 'billing', event: templated(event) }));
}

/** Times within a minute of the sending become its placeholder; a later attempt stays a time that is far off. */
function templated(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(templated);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, templated(child)]));
  }
  const isTime = typeof value === 'number' && Math.abs(value - sending) <= 60;
  // What is left of an event is a leaf of JSON.
  return isTime ? '{{seconds}}#' : (value as string | number | boolean | null);
}
