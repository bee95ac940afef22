/** A delivery that was not accepted, as the vendor is told: it never learns which check of a signature failed. */
export interface Refusal {
  kind: 'refused';
  status: 400 | 401 | 404 | 413 | 503;
  code: string;
  detail: string;
  retryAfterSeconds?: number;
}

export const unknownHook: Refusal = {
  kind: 'refused',
  status: 404,
  code: 'hook_unknown',
  detail: 'No connection or registration with this id takes webhooks. Check the URL that the vendor calls.',
};

export const badSignature: Refusal = {
  kind: 'refused',
  status: 401,
  code: 'signature_invalid',
  detail: 'The signature does not hold. Check that the webhook secret here is the one at the vendor.',
};

export const tooLarge: Refusal = {
  kind: 'refused',
  status: 413,
  code: 'delivery_too_large',
  detail: 'A delivery may have 1 MiB at most. Nothing was stored.',
};

export const malformed: Refusal = {
  kind: 'refused',
  status: 400,
  code: 'delivery_malformed',
  detail: 'The signature holds, but the body is not the JSON that this trigger delivers. It was set aside.',
};

export const busy: Refusal = {
  kind: 'refused',
  status: 503,
  code: 'busy',
  detail: 'More deliveries wait than can be stored now. Send it again.',
  retryAfterSeconds: 1,
};
