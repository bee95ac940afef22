import { createRequire } from 'node:module';
import type * as sdk from '@hubspot/api-client/lib/src/utils/signature.js';
import { describeConnector } from '@onceover/connector-kit/testing';
import { expect, test } from 'vitest';
import { conformance } from './hubspot-conformance.ts';
import { signatureVectors } from './testing/trigger-samples.ts';

// The SDK is CommonJS, and its one export that is needed here is not worth loading the whole client for.
const { Signature } = createRequire(import.meta.url)(
  '@hubspot/api-client/lib/src/utils/signature.js',
) as typeof sdk;

describeConnector(conformance.connector, conformance.options);

test.each(signatureVectors)(
  'the SDK signs $name as the vectors have it',
  ({ secret, url, body, headers }) => {
    const timestamp = Number(headers['x-hubspot-request-timestamp']);
    const signed = { clientSecret: secret, requestBody: body, url, timestamp, signature: '' };
    expect(headers['x-hubspot-signature-v3']).toBe(Signature.getSignature('POST', 'v3', signed));
  },
);
