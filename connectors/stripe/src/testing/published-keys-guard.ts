import type { ContractGuard } from '@onceover/connector-kit/testing';
import { type CallTemplate, matchCall } from '@onceover/contract';
import contract from '../../contract/stripe-objects.json' with { type: 'json' };

type Keys = true | { readonly [key: string]: Keys };

/**
 * Where the published fixtures and API version 2026-10-28.endive, as the `stripe` package types it, differ. The
 * types are checked when the sandbox is compiled.
 */
const sinceThen: Readonly<Record<string, { gone: readonly string[]; added: readonly string[] }>> = {
  invoice: { gone: ['subscription'], added: [] },
  payment_intent: { gone: [], added: ['allowed_payment_method_types', 'payment_record'] },
  refund: { gone: [], added: ['failure_reason'] },
  event: { gone: [], added: ['account'] },
  // Told by the answer to its creation alone.
  webhook_endpoint: { gone: [], added: ['secret'] },
};

/** Keys that an object of Stripe may have or lack; the others are always there. */
const optional: readonly string[] = ['account', 'failure_reason', 'refunds', 'secret'];

/**
 * Permissions of the objects that a call reads or writes; refunds belong to charges. Stripe lists read and write
 * apart and does not say that one holds the other.
 * @see https://docs.stripe.com/stripe-apps/reference/permissions#object-permissions
 */
const permissions: Readonly<Record<CallTemplate, readonly (readonly string[])[]>> = {
  'GET /v1/customers/search': [['customer_read']],
  'GET /v1/customers/{id}': [['customer_read']],
  'POST /v1/customers': [['customer_write']],
  'POST /v1/customers/{id}': [['customer_write']],
  'GET /v1/invoices/{id}': [['invoice_read']],
  'GET /v1/payment_intents/{id}': [['payment_intent_read']],
  'GET /v1/charges/{id}': [['charge_read']],
  'GET /v1/refunds': [['charge_read']],
  'POST /v1/refunds': [['charge_write']],
  'GET /v1/webhook_endpoints': [['webhook_read']],
  'POST /v1/webhook_endpoints': [['webhook_write']],
  'DELETE /v1/webhook_endpoints/{id}': [['webhook_write']],
};

/** Stripe publishes no schema that could be had: answers must have the keys of its published fixtures. */
export const publishedKeysGuard: ContractGuard = {
  request: () => [],
  scopes(call) {
    const matched = matchCall(call, Object.keys(permissions) as CallTemplate[]);
    return matched === undefined ? undefined : permissions[matched.template];
  },
  answer({ path }, { status, body }) {
    if (status === 302 || path.startsWith('/v1/oauth/')) return [];
    const parsed: unknown = JSON.parse(body);
    return status < 300 ? objectProblems(parsed, path) : errorProblems(parsed, path);
  },
};

/** What keeps a Stripe object from having the published keys. */
export function objectProblems(value: unknown, where: string): string[] {
  if (!isObject(value) || typeof value['object'] !== 'string') return [`${where} is not an object of Stripe`];
  const { object: kind } = value;
  if (kind === 'list' || kind === 'search_result') {
    return [
      ...['data', 'has_more', 'url'].filter((key) => !(key in value)).map((key) => `${where}: no ${key}`),
      ...[value['data']].flat().flatMap((item, index) => objectProblems(item, `${where}/data/${index}`)),
    ];
  }
  const keys = (contract.keys as unknown as Record<string, Keys>)[
    value['deleted'] === true ? `deleted_${kind}` : kind
  ];
  if (keys === undefined || keys === true) return [`${where}: Stripe publishes no ${kind}`];
  const { gone, added } = sinceThen[kind] ?? { gone: [], added: [] };
  const known = new Set([...Object.keys(keys), ...added].filter((key) => !gone.includes(key)));
  const missing = [...known].filter((key) => !(key in value) && !optional.includes(key));
  return [
    ...missing.map((key) => `${where}: a ${kind} has ${key}`),
    ...Object.keys(value).flatMap((key) =>
      known.has(key)
        ? nestedProblems(value[key], keys[key], `${where}/${key}`)
        : [`${where}: a ${kind} has no ${key}`],
    ),
  ];
}

/** Below the first level a fixture shows some of the keys: those of a reply must be among them where it shows any. */
function nestedProblems(value: unknown, keys: Keys | undefined, where: string): string[] {
  if (keys === undefined || keys === true) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => nestedProblems(item, keys['[]'], `${where}/${index}`));
  }
  // Metadata's keys are the account's own; an event's object is judged as the object it is.
  if (!isObject(value) || where.endsWith('/metadata')) return [];
  if (where.endsWith('/data/object')) return objectProblems(value, where);
  return Object.entries(value).flatMap(([key, child]) =>
    key in keys ? nestedProblems(child, keys[key], `${where}/${key}`) : [`${where} has no ${key}`],
  );
}

/** The keys of https://docs.stripe.com/api/errors that any error may have. */
const errorKeys = ['type', 'code', 'decline_code', 'doc_url', 'message', 'param', 'request_log_url'];

function errorProblems(value: unknown, where: string): string[] {
  const error = isObject(value) ? value['error'] : undefined;
  if (!isObject(error)) return [`${where}: an error of Stripe has an error object`];
  return [
    ...(typeof error['type'] === 'string' ? [] : [`${where}: an error has a type`]),
    ...Object.keys(error).flatMap((key) =>
      errorKeys.includes(key) ? [] : [`${where}: an error has no ${key}`],
    ),
  ];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
