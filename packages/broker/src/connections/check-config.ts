import { ConfigurationError, OnceoverError } from '@onceover/contract';
import type { LoadedConnector } from '../call-types.ts';
import type { ConnectorSet } from '../connectors/connector-set.ts';
import { checkedLoopbackOrigin, checkVariables, egressTarget } from '../egress/egress-target.ts';
import type { ConnectionConfig, ConnectionsConfig, RegistrationConfig } from './connection-config.ts';
import { webhookSecretField } from './secret-fields.ts';
import { checkIdentity } from './shared-identities.ts';

export interface CheckedConfig {
  registrations: readonly { config: RegistrationConfig; connector: LoadedConnector }[];
  connections: readonly { config: ConnectionConfig; connector: LoadedConnector; tenant: string }[];
}

/**
 * Holds a config against the loaded connectors before anything is stored.
 * @throws {ConfigurationError} with the JSON pointer of the place, and never with a secret
 */
export function checkConfig(
  config: ConnectionsConfig,
  connectors: ConnectorSet,
  mode: 'development' | 'production',
): CheckedConfig {
  refuseSharedIds(config);
  const registrations = config.registrations.map((one, index) =>
    at(`/registrations/${index}`, () => {
      const connector = connectors.known(one.connector);
      if (mode === 'production') refuse(one, ['origin', 'clientSecret', 'webhookSecret']);
      if (one.origin !== undefined) checkedLoopbackOrigin(one.origin);
      checkWebhookSecret(one, connector);
      return { config: one, connector };
    }),
  );
  const connections = config.connections.map((one, index) =>
    at(`/connections/${index}`, () => {
      const connector = connectors.known(one.connector, one.version ?? null);
      if (mode === 'production') refuse(one, ['origin', 'credentials', 'webhookSecret']);
      checkRegistration(one, config.registrations);
      checkIdentity(one);
      checkVariables(connector.manifest, one.variables ?? {});
      egressTarget(connector.manifest, one.variables ?? {}, one.origin ?? null);
      checkWebhookSecret(one, connector);
      checkToken(one.credentials?.accessToken);
      checkRateScale(one.rateLimits?.scale);
      return { config: one, connector, tenant: one.tenant ?? 'default' };
    }),
  );
  return { registrations, connections };
}

function refuseSharedIds({ registrations, connections }: ConnectionsConfig): void {
  const seen = new Map<string, string>();
  const places = [
    ...registrations.map(({ id }, index) => [id, `/registrations/${index}/id`] as const),
    ...connections.map(({ id }, index) => [id, `/connections/${index}/id`] as const),
  ];
  for (const [id, path] of places) {
    const other = seen.get(id);
    if (other !== undefined) {
      throw new ConfigurationError(
        `The id "${id}" is used twice, at ${other} and ${path}: connections and registrations share one namespace. Rename one.`,
        { path },
      );
    }
    seen.set(id, path);
  }
}

function refuse<Config extends object>(config: Config, fields: readonly (keyof Config & string)[]): void {
  for (const field of fields) {
    if (config[field] === undefined) continue;
    throw new ConfigurationError(
      `"${field}" is for development. In production secrets reach the vault through \`onceover connect\`; remove it.`,
      { path: `/${field}` },
    );
  }
}

function checkRegistration(one: ConnectionConfig, registrations: readonly RegistrationConfig[]): void {
  if (one.registration === undefined) return;
  const registration = registrations.find(({ id }) => id === one.registration);
  if (registration === undefined) {
    throw new ConfigurationError(
      `There is no registration "${one.registration}". Add it to "registrations" or correct the name.`,
      { path: '/registration' },
    );
  }
  if (registration.connector !== one.connector) {
    throw new ConfigurationError(
      `The registration "${one.registration}" is one of ${registration.connector}, the connection one of ${one.connector}`,
      { path: '/registration' },
    );
  }
}

function checkWebhookSecret(one: { webhookSecret?: unknown }, { id, manifest }: LoadedConnector): void {
  if (one.webhookSecret !== undefined && webhookSecretField(manifest) === undefined) {
    throw new ConfigurationError(`${id} has no webhook: remove "webhookSecret"`, { path: '/webhookSecret' });
  }
}

function checkToken(token: string | undefined): void {
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new ConfigurationError(
      'The access token holds characters that no header can carry (a space or a line break?)',
      { path: '/credentials/accessToken' },
    );
  }
}

function checkRateScale(scale: number | undefined): void {
  if (scale !== undefined && !(scale > 0 && scale <= 1000)) {
    throw new ConfigurationError(
      'What the declared limits are multiplied by is above 0 and at most 1000: 0.5 leaves half to others',
      { path: '/rateLimits/scale' },
    );
  }
}

/** Puts the place before the pointer of an error that a part of it throws. */
function at<Result>(place: string, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (!OnceoverError.isInstance(error)) throw error;
    const path = `${place}${(error as Partial<ConfigurationError>).path ?? ''}`;
    throw new ConfigurationError(`${path}: ${error.message}`, { code: error.code, path, cause: error });
  }
}
