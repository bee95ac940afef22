import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SignatureScheme } from '../triggers.ts';
import { type DeliveryRequest, verifyDelivery } from './verify-delivery.ts';

const now = new Date('2026-11-24T10:00:00Z');
const nowSeconds = String(now.getTime() / 1000);
const body = Buffer.from('{"id":"evt_1","text":"é"}');

/** `t=…,v1=…`: the time and the signatures in one header. */
const fields: SignatureScheme = {
  algorithm: 'sha256',
  encoding: 'hex',
  header: 'Vendor-Signature',
  format: { kind: 'fields', timestamp: 't', signature: 'v1' },
  signed: ['timestamp', { text: '.' }, 'body'],
  timestamp: { unit: 'seconds', toleranceSeconds: 300 },
  secret: 'webhookSecret',
};

/** Method, URL, body and time, signed in base64; the time in milliseconds in a header of its own. */
const request: SignatureScheme = {
  algorithm: 'sha256',
  encoding: 'base64',
  header: 'X-Signature',
  format: { kind: 'plain' },
  signed: ['method', 'url', 'body', 'timestamp'],
  timestamp: { header: 'X-Timestamp', unit: 'milliseconds', toleranceSeconds: 300 },
  secret: 'clientSecret',
};

/** A prefix, and no time. */
const prefixed: SignatureScheme = {
  algorithm: 'sha1',
  encoding: 'hex',
  header: 'X-Hub-Signature',
  format: { kind: 'plain', prefix: 'sha1=' },
  signed: ['body'],
  secret: 'clientSecret',
};

/** A signed header beside the body, the time as text. */
const rfc3339: SignatureScheme = {
  ...request,
  signed: [{ header: 'X-Timestamp' }, 'body'],
  timestamp: { header: 'X-Timestamp', unit: 'rfc3339', toleranceSeconds: 300 },
};

function hmac(algorithm: string, secret: string, ...parts: (string | Buffer)[]): Buffer {
  return parts.reduce((digest, part) => digest.update(part), createHmac(algorithm, secret)).digest();
}

function delivery(headers: Record<string, string>, rawBody = body): DeliveryRequest {
  return { method: 'POST', url: 'https://hooks.example/v1/hooks/crm?x=1', headers, rawBody };
}

function signedFields(secret: string, timestamp = nowSeconds, rawBody = body): DeliveryRequest {
  const signature = hmac('sha256', secret, `${timestamp}.`, rawBody).toString('hex');
  return delivery({ 'vendor-signature': `t=${timestamp},v1=${signature}` }, rawBody);
}

function signedRequest(secret: string, timestamp = String(now.getTime())): DeliveryRequest {
  const draft = delivery({});
  const signature = hmac('sha256', secret, draft.method, draft.url, body, timestamp).toString('base64');
  return delivery({ 'x-signature': signature, 'x-timestamp': timestamp });
}

test('verifyDelivery: each format holds with its secret', () => {
  expect(verifyDelivery(fields, signedFields('s1'), ['s1'], now)).toEqual({ verified: true, signedAt: now });
  expect(verifyDelivery(request, signedRequest('s1'), ['s1'], now)).toEqual({
    verified: true,
    signedAt: now,
  });
  const hub = delivery({ 'x-hub-signature': `sha1=${hmac('sha1', 's1', body).toString('hex')}` });
  expect(verifyDelivery(prefixed, hub, ['s1'], now)).toEqual({ verified: true, signedAt: undefined });
  const at = '2026-11-24T11:00:10+01:00';
  const dated = delivery({
    'x-timestamp': at,
    'x-signature': hmac('sha256', 's1', at, body).toString('base64'),
  });
  expect(verifyDelivery(rfc3339, dated, ['s1'], now)).toEqual({
    verified: true,
    signedAt: new Date('2026-11-24T10:00:10Z'),
  });
});

test('verifyDelivery: the old and the new secret hold side by side, in either place', () => {
  const both = signedFields('new');
  expect(verifyDelivery(fields, both, ['old', 'new'], now).verified).toBe(true);
  expect(verifyDelivery(fields, both, ['new', 'old'], now).verified).toBe(true);
  expect(verifyDelivery(fields, both, ['old', 'older'], now)).toEqual({
    verified: false,
    reason: 'mismatch',
  });
});

test('verifyDelivery: several signatures in one header, of which one holds', () => {
  const good = signedFields('s1').headers['vendor-signature'] ?? '';
  const wrong = hmac('sha256', 'other', 'x').toString('hex');
  const [time = '', signature = ''] = good.split(',');
  for (const header of [`${time},v1=${wrong},${signature}`, `${time},${signature},v1=${wrong},v0=aa`]) {
    expect(verifyDelivery(fields, delivery({ 'vendor-signature': header }), ['s1'], now).verified).toBe(true);
  }
  const otherScheme = delivery({ 'vendor-signature': `${time},${signature.replace('v1', 'v0')}` });
  expect(verifyDelivery(fields, otherScheme, ['s1'], now)).toEqual({
    verified: false,
    reason: 'no-signature',
  });
});

test('verifyDelivery: without a secret, or with an empty one, nothing holds', () => {
  const forged = signedFields('');
  for (const secrets of [[], [''], ['', '']]) {
    expect(verifyDelivery(fields, forged, secrets, now)).toEqual({ verified: false, reason: 'no-secret' });
  }
  expect(verifyDelivery(fields, forged, ['', 's1'], now)).toEqual({ verified: false, reason: 'mismatch' });
});

test.each([
  ['no header', {}],
  ['an empty header', { 'vendor-signature': '' }],
  ['a time alone', { 'vendor-signature': `t=${nowSeconds}` }],
  ['no pairs', { 'vendor-signature': 'abcdef' }],
  ['an empty signature', { 'vendor-signature': `t=${nowSeconds},v1=` }],
  ['a signature that is no hex', { 'vendor-signature': `t=${nowSeconds},v1=zz` }],
  ['an odd number of digits', { 'vendor-signature': `t=${nowSeconds},v1=abc` }],
])('verifyDelivery: %s is no signature', (_what, headers) => {
  expect(verifyDelivery(fields, delivery(headers), ['s1'], now)).toEqual({
    verified: false,
    reason: 'no-signature',
  });
});

test('verifyDelivery: a shortened or lengthened signature is a mismatch', () => {
  const good = signedFields('s1').headers['vendor-signature'] ?? '';
  for (const header of [good.slice(0, -2), good.slice(0, -60), `${good}00`]) {
    expect(verifyDelivery(fields, delivery({ 'vendor-signature': header }), ['s1'], now)).toEqual({
      verified: false,
      reason: 'mismatch',
    });
  }
});

test('verifyDelivery: base64 counts only as it is written canonically', () => {
  const good = signedRequest('s1');
  const signature = good.headers['x-signature'] ?? '';
  const urlSafe = signature.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  for (const changed of [`${signature} x`, `!${signature}`, signature.replace(/=+$/, ''), `${signature}=`]) {
    expect(
      verifyDelivery(request, { ...good, headers: { ...good.headers, 'x-signature': changed } }, ['s1'], now)
        .verified,
    ).toBe(false);
  }
  expect(urlSafe).not.toBe(signature);
});

test('verifyDelivery: a prefix that is missing or another is no signature', () => {
  const hex = hmac('sha1', 's1', body).toString('hex');
  for (const header of [hex, `sha256=${hex}`, `SHA1=${hex}`]) {
    expect(verifyDelivery(prefixed, delivery({ 'x-hub-signature': header }), ['s1'], now).verified).toBe(
      false,
    );
  }
});

test.each([
  [-301, false],
  [-300, true],
  [0, true],
  [300, true],
  [301, false],
])('verifyDelivery: a delivery signed %i s from now: accepted is %s', (offset, verified) => {
  const verdict = verifyDelivery(
    fields,
    signedFields('s1', String(Number(nowSeconds) + offset)),
    ['s1'],
    now,
  );
  expect(verdict).toEqual(
    verified
      ? { verified: true, signedAt: new Date(now.getTime() + offset * 1000) }
      : { verified: false, reason: 'stale-timestamp' },
  );
});

test.each(['', 'x', '1e9', '-5', '1.5', ' 17', '999999999999999', '1111111111111111'])(
  'verifyDelivery: %j is no time, however well it is signed',
  (timestamp) => {
    expect(verifyDelivery(fields, signedFields('s1', timestamp), ['s1'], now).verified).toBe(false);
  },
);

test.each(['2026-11-24', 'yesterday', '1764000000', '2026-13-45T00:00:00Z', ''])(
  'verifyDelivery: %j is no RFC 3339 time',
  (at) => {
    const dated = delivery({
      'x-timestamp': at,
      'x-signature': hmac('sha256', 's1', at, body).toString('base64'),
    });
    expect(verifyDelivery(rfc3339, dated, ['s1'], now)).toEqual({ verified: false, reason: 'no-timestamp' });
  },
);

test('verifyDelivery: two times in one header leave open which was signed', () => {
  const old = signedFields('s1', String(Number(nowSeconds) - 9000)).headers['vendor-signature'] ?? '';
  for (const header of [`t=${nowSeconds},${old}`, `${old},t=${nowSeconds}`]) {
    expect(verifyDelivery(fields, delivery({ 'vendor-signature': header }), ['s1'], now)).toEqual({
      verified: false,
      reason: 'no-timestamp',
    });
  }
});

test('verifyDelivery: the missing time header is told apart, the sender’s clock is never ours', () => {
  const { 'x-timestamp': _time, ...headers } = signedRequest('s1').headers;
  expect(verifyDelivery(request, delivery(headers as Record<string, string>), ['s1'], now)).toEqual({
    verified: false,
    reason: 'no-timestamp',
  });
});

test('verifyDelivery: 10,000 flipped bits of body, signature, time, URL and method: none holds', () => {
  const good = signedRequest('s1');
  const parts = ['body', 'x-signature', 'x-timestamp', 'url', 'method'] as const;
  const flip = (bytes: Buffer, at: number, bit: number) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(at % copy.length) ^ (1 << bit), at % copy.length);
    return copy;
  };
  expect(verifyDelivery(request, good, ['s1'], now).verified).toBe(true);
  fc.assert(
    fc.property(fc.constantFrom(...parts), fc.nat(10_000), fc.nat(7), (part, at, bit) => {
      const changed: DeliveryRequest = (() => {
        if (part === 'body') return { ...good, rawBody: flip(good.rawBody, at, bit) };
        if (part === 'url') return { ...good, url: flip(Buffer.from(good.url), at, bit).toString('latin1') };
        if (part === 'method')
          return { ...good, method: flip(Buffer.from(good.method), at, bit).toString('latin1') };
        const text = flip(Buffer.from(good.headers[part] ?? ''), at, bit).toString('latin1');
        return { ...good, headers: { ...good.headers, [part]: text } };
      })();
      return !verifyDelivery(request, changed, ['s1'], now).verified;
    }),
    { numRuns: 10_000 },
  );
});

test('verifyDelivery: a body is its bytes, not its text', () => {
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
  expect(verifyDelivery(fields, signedFields('s1', nowSeconds, bytes), ['s1'], now).verified).toBe(true);
  const other = { ...signedFields('s1', nowSeconds, bytes), rawBody: Buffer.from(bytes.toString('utf8')) };
  expect(verifyDelivery(fields, other, ['s1'], now).verified).toBe(false);
});

test('verifyDelivery: the header’s name is found whatever its case in the scheme', () => {
  expect(
    verifyDelivery({ ...fields, header: 'VENDOR-SIGNATURE' }, signedFields('s1'), ['s1'], now).verified,
  ).toBe(true);
});
