import type { IncomingHttpHeaders } from 'node:http';
import { type JsonValue, parseJson } from '@onceover/contract';
import { Problem } from './problem.ts';

const structured = 'application/cloudevents+json';
const batch = 'application/cloudevents-batch+json';

/**
 * The CloudEvents of a request (HTTP binding 1.0.2), not yet checked.
 * @throws {Problem} 400 for what is not JSON, 415 for another content type
 */
export function readEnvelopes(headers: IncomingHttpHeaders, body: Buffer): readonly JsonValue[] {
  const contentType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (contentType === structured) return [parseBody(body)];
  if (contentType === batch) {
    const list = parseBody(body);
    if (!Array.isArray(list))
      throw new Problem(400, 'malformed_json', 'A batch is a JSON array of CloudEvents. Nothing was stored.');
    return list;
  }
  const attributes = binaryAttributes(headers);
  if (contentType === 'application/json' && attributes.length > 0) {
    return [{ ...Object.fromEntries(attributes), data: parseBody(body) }];
  }
  throw new Problem(
    415,
    'unsupported_media_type',
    `Send ${structured}, ${batch}, or application/json with ce-* headers (CloudEvents binary mode).`,
  );
}

function binaryAttributes(headers: IncomingHttpHeaders): [name: string, value: string][] {
  return Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    name.startsWith('ce-') && typeof value === 'string' ? [[name.slice(3), decodeAttribute(value)]] : [],
  );
}

/** Attribute values are percent-encoded in headers (CloudEvents HTTP binding, 3.1.3.2). */
function decodeAttribute(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function parseBody(body: Buffer): JsonValue {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new Problem(400, 'malformed_json', 'The body is not JSON in UTF-8. Nothing was stored.', { cause });
  }
}
