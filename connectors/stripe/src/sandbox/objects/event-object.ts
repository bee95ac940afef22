import type Stripe from 'stripe';

/** An event around an object, as an endpoint of API version 2026-10-28.endive gets it. */
export function eventObject<const Type extends string, Object_>(event: {
  id: string;
  type: Type;
  /** Seconds since 1970. */
  created: number;
  object: Object_;
  /** A connected account. */
  account?: string;
  /** The key of the request that caused the event, where a request did. */
  idempotencyKey?: string | null;
}) {
  const { id, type, created, object, account, idempotencyKey } = event;
  const request = {
    id: idempotencyKey === undefined ? null : id.replace(/^evt_/, 'req_'),
    idempotency_key: idempotencyKey ?? null,
  } satisfies Stripe.Event.Request;
  return {
    id,
    object: 'event' as const,
    ...(account === undefined ? {} : { account }),
    api_version: '2026-10-28.endive',
    created,
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request,
    type,
  };
}
