import type { SignatureVector } from '@onceover/connector-kit/testing';
import { goldenEvents } from '../sandbox/index.ts';

const secret = 'webhook-secret-of-a-test';
const signedAt = new Date('2026-11-24T10:00:00Z');

/** What `generateTestHeaderString` of the `stripe` package gives, one for each golden event; a test compares them. */
const headers = [
  't=1795514400,v1=608738e50f05976f84b97f9af93ec40e658faa3042104c6ca7ece01d7c698d3f',
  't=1795514400,v1=84b99029d5f9ef777aadbc8c18f50f71f057b6d013c7db820640c834b2edf960',
  't=1795514400,v1=7b206c378b793202de30415c97983105f17f5d4c2bdf1d1fcf7288a6b70ec66b',
  't=1795514400,v1=58d440f64bb6de53317547edb81c9115a7144d88ce90de8ec1ee5ca4db9c6421',
  't=1795514400,v1=61694f493385d05c880339014871ae37f303863cbe0d78ba8d074b2c3e42184f',
];

/** The golden events as Stripe would send them. */
export const signatureVectors: readonly SignatureVector[] = goldenEvents().map((event, index) => ({
  name: 'generateTestHeaderString',
  secret,
  method: 'POST',
  url: 'http://127.0.0.1:4400/v1/hooks/billing',
  headers: { 'stripe-signature': headers[index] ?? '' },
  body: JSON.stringify(event),
  signedAt,
}));
