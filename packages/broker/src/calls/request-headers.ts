import type { Manifest } from '@onceover/contract';
import type { RenderedWrite } from '../call-types.ts';
import { lowerCaseNames } from '../egress/render-write.ts';
import type { Secret } from '../secret.ts';

/**
 * All headers of a request, each once. What comes later wins, so that nothing an operation sets can stand in the
 * place of the manifest's, the idempotency key or the credential.
 */
export function requestHeaders(facts: {
  manifest: Manifest;
  own: Readonly<Record<string, string>>;
  contentType: string | null;
  idempotency: RenderedWrite['idempotency'];
  accessToken: Secret;
}): Record<string, string> {
  const { manifest, own, contentType, idempotency, accessToken } = facts;
  const { header, format } = manifest.auth.credential;
  return {
    accept: 'application/json',
    'accept-encoding': 'gzip',
    'user-agent': 'onceover',
    ...lowerCaseNames(own),
    ...lowerCaseNames(manifest.headers),
    ...(contentType === null ? {} : { 'content-type': contentType }),
    ...(idempotency === null ? {} : { [idempotency.header.toLowerCase()]: idempotency.key }),
    [header.toLowerCase()]: format.replaceAll('{accessToken}', () => accessToken.reveal()),
  };
}
