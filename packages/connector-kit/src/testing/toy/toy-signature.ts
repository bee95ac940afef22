import { createHmac } from 'node:crypto';
import type { SignatureScheme } from '@onceover/contract';
import type { SignatureVector } from '../conformance-options.ts';

export const toySignature: SignatureScheme = {
  algorithm: 'sha256',
  encoding: 'hex',
  header: 'Toy-Signature',
  format: { kind: 'fields', timestamp: 't', signature: 'v1' },
  signed: ['timestamp', { text: '.' }, 'body'],
  timestamp: { unit: 'seconds', toleranceSeconds: 300 },
  secret: 'webhookSecret',
};

/** What "the toy's SDK" signs, written by hand and not from the scheme. */
export function toyVector(items: readonly object[]): SignatureVector {
  const secret = 'shh';
  const seconds = 1_795_514_400;
  const body = JSON.stringify(items);
  const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return {
    name: 'a delivery of two items',
    secret,
    method: 'POST',
    url: 'https://onceover.example/v1/hooks/toy',
    headers: { 'toy-signature': `t=${seconds},v1=${signature}` },
    body,
    signedAt: new Date(seconds * 1000),
  };
}
