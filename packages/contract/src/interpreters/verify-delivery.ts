import type { SignatureScheme } from '../triggers.ts';

/** A webhook request as it arrived. `url` is the public URL that the vendor called, query included. */
export interface DeliveryRequest {
  method: string;
  url: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  rawBody: Buffer;
}

export type DeliveryVerdict =
  | { verified: true; signedAt: Date | undefined }
  /** For a log and a counter; the sender is never told which check failed. */
  | {
      verified: false;
      reason: 'no-secret' | 'no-signature' | 'no-timestamp' | 'stale-timestamp' | 'mismatch';
    };

/**
 * Verifies a delivery by the manifest's scheme alone: the algorithm never comes from the request. Every secret is
 * tried against every signature without early exit, in constant time per comparison.
 */
export function verifyDelivery(
  scheme: SignatureScheme,
  request: DeliveryRequest,
  secrets: readonly string[],
  now: Date,
): DeliveryVerdict {
  // An empty secret is no secret: anyone can sign with it.
  const keys = secrets.filter((secret) => secret !== '');
  if (keys.length === 0) return { verified: false, reason: 'no-secret' };
  const header = request.headers[scheme.header.toLowerCase()];
  if (header === undefined) return { verified: false, reason: 'no-signature' };
  const fields = readFields(scheme, header);
  const candidates = fields.signatures.flatMap((text) => decodeSignature(scheme, text));
  if (candidates.length === 0) return { verified: false, reason: 'no-signature' };

  const timestampText = timestampOf(scheme, request, fields.timestamp);
  const signedAt =
    scheme.timestamp === undefined ? undefined : parseTimestamp(scheme.timestamp.unit, timestampText);
  if (scheme.timestamp !== undefined && signedAt === undefined)
    return { verified: false, reason: 'no-timestamp' };

  const parts = scheme.signed.map((part): Buffer => {
    if (part === 'body') return request.rawBody;
    if (part === 'method') return Buffer.from(request.method);
    if (part === 'url') return Buffer.from(request.url);
    if (part === 'timestamp') return Buffer.from(timestampText ?? '');
    if ('text' in part) return Buffer.from(part.text);
    return Buffer.from(request.headers[part.header.toLowerCase()] ?? '');
  });

  let matched = false;
  for (const secret of keys) {
    const { createHmac, timingSafeEqual } = crypto();
    const hmac = createHmac(scheme.algorithm, secret);
    for (const part of parts) hmac.update(part);
    const expected = hmac.digest();
    for (const candidate of candidates) {
      const equal = candidate.length === expected.length && timingSafeEqual(candidate, expected);
      matched = equal || matched;
    }
  }
  if (!matched) return { verified: false, reason: 'mismatch' };

  if (scheme.timestamp !== undefined && signedAt !== undefined) {
    const skewSeconds = Math.abs(now.getTime() - signedAt.getTime()) / 1000;
    if (skewSeconds > scheme.timestamp.toleranceSeconds)
      return { verified: false, reason: 'stale-timestamp' };
  }
  return { verified: true, signedAt };
}

function readFields(
  scheme: SignatureScheme,
  header: string,
): { signatures: string[]; timestamp: string | undefined } {
  if (scheme.format.kind === 'plain') {
    const prefix = scheme.format.prefix ?? '';
    const value = header.trim();
    return { signatures: value.startsWith(prefix) ? [value.slice(prefix.length)] : [], timestamp: undefined };
  }
  const { signature, timestamp } = scheme.format;
  const pairs = header.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const;
  });
  const timestamps = pairs.filter(([name]) => name === timestamp);
  return {
    signatures: pairs.filter(([name]) => name === signature).map(([, value]) => value),
    // Two timestamps would leave open which one was signed.
    timestamp: timestamps.length === 1 ? timestamps[0]?.[1] : undefined,
  };
}

function decodeSignature(scheme: SignatureScheme, text: string): Buffer[] {
  const bytes = Buffer.from(text, scheme.encoding);
  // Node's decoders skip what they cannot read: only a canonical text counts.
  const canonical =
    scheme.encoding === 'hex'
      ? bytes.toString('hex') === text.toLowerCase()
      : bytes.toString('base64') === text;
  return canonical && bytes.length > 0 ? [bytes] : [];
}

function timestampOf(
  scheme: SignatureScheme,
  request: DeliveryRequest,
  field: string | undefined,
): string | undefined {
  if (scheme.timestamp === undefined) return undefined;
  return scheme.format.kind === 'fields'
    ? field
    : request.headers[scheme.timestamp.header?.toLowerCase() ?? ''];
}

function parseTimestamp(
  unit: 'seconds' | 'milliseconds' | 'rfc3339',
  text: string | undefined,
): Date | undefined {
  if (text === undefined) return undefined;
  if (unit === 'rfc3339') {
    const at = new Date(text);
    return /^\d{4}-\d{2}-\d{2}T/.test(text) && !Number.isNaN(at.getTime()) ? at : undefined;
  }
  if (!/^\d{1,15}$/.test(text)) return undefined;
  const at = new Date(Number(text) * (unit === 'seconds' ? 1000 : 1));
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** When it is needed: connectors' processes, which load this package, verify nothing, and it takes them 10 ms. */
function crypto() {
  return process.getBuiltinModule('node:crypto');
}
