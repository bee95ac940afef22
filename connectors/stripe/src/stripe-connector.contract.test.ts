import { describeConnector } from '@onceover/connector-kit/testing';
import Stripe from 'stripe';
import { expect, test } from 'vitest';
import { conformance } from './stripe-conformance.ts';
import { signatureVectors } from './testing/signature-vectors.ts';

describeConnector(conformance.connector, conformance.options);

test.each(signatureVectors)(
  'the SDK signs $body as the vectors have it',
  ({ secret, body, signedAt, headers }) => {
    const timestamp = (signedAt?.getTime() ?? 0) / 1000;
    const header = new Stripe('no-key').webhooks.generateTestHeaderString({
      payload: body,
      secret,
      timestamp,
    });
    expect(headers).toEqual({ 'stripe-signature': header });
  },
);
