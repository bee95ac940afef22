import { createWorld, type World } from '@onceover/connector-kit/testing';
import type { JsonValue } from '@onceover/contract';
import { defineStripeSandbox, type StripeState } from '../sandbox/index.ts';
import { stripe } from '../stripe-connector.ts';
import { publishedKeysGuard } from './published-keys-guard.ts';

/** A fresh Stripe account with a broker in front of it. */
export function createStripeWorld(options: { searchLagSeconds?: number } = {}): Promise<World<StripeState>> {
  return createWorld(stripe, {
    sandbox: defineStripeSandbox(options),
    contract: publishedKeysGuard,
    samples: {},
    triggers: {},
  });
}

/** The calls of a run as `METHOD /path`. */
export function callsOf(result: {
  calls: readonly { request: { method: string; path: string } }[];
}): string[] {
  return result.calls.map(({ request }) => `${request.method} ${request.path}`);
}

/** Names and values of a form, in their order. */
export function formOf(body: string | undefined): [string, string][] {
  return [...new URLSearchParams(body ?? '')];
}

/** Deletes a customer as a person in Stripe's page would. */
export async function deleteAsPerson({ sandbox }: World<StripeState>, id: string): Promise<void> {
  await sandbox.answer({
    method: 'DELETE',
    path: `/v1/customers/${id}`,
    query: '',
    headers: { authorization: `Bearer ${sandbox.accessToken}`, 'stripe-version': '2026-10-28.endive' },
    body: '',
  });
}

/** Writes a customer past the connector, as a person in Stripe's page would. */
export async function postAsPerson(
  { sandbox }: World<StripeState>,
  path: string,
  form: Readonly<Record<string, string>>,
): Promise<JsonValue> {
  const answer = await sandbox.answer({
    method: 'POST',
    path,
    query: '',
    headers: {
      authorization: `Bearer ${sandbox.accessToken}`,
      'content-type': 'application/x-www-form-urlencoded',
      'stripe-version': '2026-10-28.endive',
    },
    body: new URLSearchParams(form).toString(),
  });
  if (answer.status !== 200) throw new Error(`Stripe's sandbox answered ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body) as JsonValue;
}
