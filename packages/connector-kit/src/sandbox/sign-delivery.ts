import { createHmac } from 'node:crypto';
import type { SignatureScheme } from '@onceover/contract';

export interface UnsignedDelivery {
  method: string;
  /** The URL as the vendor has it on file, query included. */
  url: string;
  body: string;
  /** Headers that the scheme signs, and others. Names in lower case. */
  headers?: Readonly<Record<string, string>>;
}

/** The headers that sign a delivery by a manifest's scheme: what a vendor sends, the inverse of `verifyDelivery`. */
export function signDelivery(
  scheme: SignatureScheme,
  delivery: UnsignedDelivery,
  secret: string,
  at: Date,
): Readonly<Record<string, string>> {
  const timestamp = scheme.timestamp === undefined ? '' : timestampText(scheme.timestamp.unit, at);
  const hmac = createHmac(scheme.algorithm, secret);
  for (const part of scheme.signed) {
    if (part === 'body') hmac.update(delivery.body);
    else if (part === 'method') hmac.update(delivery.method);
    else if (part === 'url') hmac.update(delivery.url);
    else if (part === 'timestamp') hmac.update(timestamp);
    else if ('text' in part) hmac.update(part.text);
    else hmac.update(delivery.headers?.[part.header.toLowerCase()] ?? '');
  }
  const signature = hmac.digest(scheme.encoding);
  if (scheme.format.kind === 'fields') {
    const { timestamp: time, signature: name } = scheme.format;
    return { [scheme.header.toLowerCase()]: `${time}=${timestamp},${name}=${signature}` };
  }
  return {
    [scheme.header.toLowerCase()]: `${scheme.format.prefix ?? ''}${signature}`,
    ...(scheme.timestamp?.header === undefined ? {} : { [scheme.timestamp.header.toLowerCase()]: timestamp }),
  };
}

function timestampText(unit: 'seconds' | 'milliseconds' | 'rfc3339', at: Date): string {
  if (unit === 'rfc3339') return at.toISOString();
  return String(unit === 'seconds' ? Math.floor(at.getTime() / 1000) : at.getTime());
}
