import { findWebhook, type Manifest } from '@onceover/contract';

/** The vault's field of an access token that a config gives. */
export const accessTokenField = 'accessToken';

/** The vault's field of what a vendor's token endpoint gave: access and refresh token, as JSON. */
export const tokenSetField = 'tokenSet';

/** Name of the secret that signs the connector's deliveries; undefined when it has no webhook. */
export function webhookSecretField(manifest: Manifest): string | undefined {
  return findWebhook(manifest)?.signature.secret;
}

/** Name of the registration's client secret: the manifest's, where it is named there. */
export function clientSecretField(manifest: Manifest): string {
  const fact = manifest.auth.secrets.find(
    ({ per, uses }) => per === 'registration' && uses.includes('oauth'),
  );
  return fact?.name ?? 'clientSecret';
}
