import { ConfigurationError, type SecretFact, type SecretPart } from '@onceover/contract';
import { clientSecretField } from '../connections/secret-fields.ts';
import type { Secret } from '../secret.ts';
import type { RotationPorts } from './rotation-ports.ts';
import type { SecretHolder } from './secret-holder.ts';

/** The versions of the rotated secret that a step may use. */
export type SecretValues = Partial<Readonly<Record<SecretPart, Secret>>>;

/** What a hook's requests carry. */
export interface HookCredential {
  header: string;
  value: string;
  /** What no answer may show. */
  secrets: readonly Secret[];
  /** The access token, where it is one that can be renewed. */
  accessToken?: Secret;
}

/**
 * A connection's requests carry its access token, or the rotated secret where that is the credential itself; a
 * registration's carry its client's id and secret.
 * @throws {ConfigurationError} when there is none
 */
export async function hookCredential(
  holder: SecretHolder,
  { fact, as, values }: { fact: SecretFact; as: SecretPart; values: SecretValues },
  { vault, accessTokens }: Pick<RotationPorts, 'vault' | 'accessTokens'>,
  signal: AbortSignal,
): Promise<HookCredential> {
  const { auth } = holder.connector.manifest;
  const { header, format } = auth.credential;
  const bearing = (secret: Secret) => format.replaceAll('{accessToken}', () => secret.reveal());
  if (isCredential(fact)) {
    const secret = values[as];
    if (secret === undefined) throw missing(holder, fact.name);
    if (fact.per === 'connection') return { header, value: bearing(secret), secrets: [secret] };
    return clientCredential(holder, secret);
  }
  if (holder.secrets.kind === 'registration') {
    const [secret] = await vault.get(holder.secrets, clientSecretField(holder.connector.manifest));
    if (secret === undefined) throw missing(holder, 'client secret');
    return clientCredential(holder, secret);
  }
  if (holder.connection === undefined) throw missing(holder, 'connection');
  const accessToken = await accessTokens.get(holder.connection, signal);
  return { header, value: bearing(accessToken), secrets: [accessToken], accessToken };
}

/** Whether calls, or the token endpoint, are authorised by this secret. */
export function isCredential({ uses }: SecretFact): boolean {
  return uses.includes('api') || uses.includes('oauth');
}

function clientCredential({ registration, connector }: SecretHolder, secret: Secret): HookCredential {
  const isUser = connector.manifest.auth.clientAuthentication === 'secret_as_basic_user';
  const pair = isUser
    ? `${secret.reveal()}:`
    : `${encoded(registration?.clientId ?? '')}:${encoded(secret.reveal())}`;
  const value = `Basic ${Buffer.from(pair).toString('base64')}`;
  return { header: 'Authorization', value, secrets: [secret] };
}

/** RFC 6749, 2.3.1: both halves are form-encoded. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}

function missing({ secrets: { kind, id } }: SecretHolder, what: string): ConfigurationError {
  return new ConfigurationError(
    `The ${kind} "${id}" has no ${what}: its secrets cannot be rotated by API yet.`,
    {
      code: 'no_credential',
    },
  );
}
