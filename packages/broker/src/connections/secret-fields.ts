import { findWebhook, type Manifest } from '@onceover/contract';

/** The vault's field of a connection's access token. */
export const accessTokenField = 'accessToken';

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
