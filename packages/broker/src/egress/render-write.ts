import { createHash } from 'node:crypto';
import { type CallTemplate, parseJson, type WireRequest } from '@onceover/contract';
import type { RenderedWrite } from '../call-types.ts';
import { canonicalJson } from '../canonical-json.ts';
import { lengthPrefixed } from '../vault/length-prefixed.ts';

/** A write as it is kept, compared and sent. */
export function renderWrite(
  request: WireRequest,
  facts: { origin: string; template: CallTemplate; idempotency: RenderedWrite['idempotency'] },
): RenderedWrite {
  const unhashed = {
    method: request.method,
    origin: facts.origin,
    path: request.path,
    query: request.query,
    contentType: request.contentType ?? null,
    headers: lowerCaseNames(request.headers),
    body: request.body ?? null,
    idempotency: facts.idempotency,
    template: facts.template,
  };
  return { ...unhashed, hash: hashOfWrite(unhashed) };
}

/**
 * What makes two writes the same: everything that the vendor acts on. A JSON body counts by its value, so that the
 * order of its keys does not matter; the key that keeps the effect single does not count.
 */
export function hashOfWrite(write: Omit<RenderedWrite, 'hash'>): string {
  const headers = Object.entries(write.headers).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(
      lengthPrefixed([
        'onceover-write-v1',
        write.method,
        write.origin,
        write.path,
        write.query,
        write.contentType ?? '',
        String(headers.length),
        ...headers.flat(),
        write.body === null ? 'no body' : 'body',
        canonicalBody(write.contentType, write.body ?? ''),
      ]),
    )
    .digest('hex');
}

function canonicalBody(contentType: string | null, body: string): string {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(contentType ?? '')) return body;
  try {
    return canonicalJson(parseJson(body));
  } catch {
    return body;
  }
}

export function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
