import { ConfigurationError, findWebhook, readPointerText } from '@onceover/contract';
import { findRegistration, findRemovedRegistration, type RegistrationRow, type Store } from '@onceover/store';
import type { Connection } from '../connections/connection.ts';
import type { ConnectorSet } from '../connectors/connector-set.ts';
import { egressTarget } from '../egress/egress-target.ts';
import type { TokenEndpoint } from '../oauth/token-endpoint.ts';
import { vendorClientOf } from '../oauth/vendor-client.ts';
import { Secret } from '../secret.ts';
import type { Vault } from '../vault/create-vault.ts';
import { environmentTenant } from '../vault/secret-place.ts';
import {
  type CallTokens,
  type KeptSubscription,
  type SubscriptionOwner,
  subscriptionOf,
} from './subscription-owner.ts';

export interface RegistrationPorts {
  store: Store;
  vault: Vault;
  connectors: ConnectorSet;
  endpoint: TokenEndpoint;
  mode: 'development' | 'production';
}

/**
 * A registration that keeps a subscription for all accounts of our app; undefined where it does not.
 * @param isRemoved one that nobody uses any more, for what it has left at the vendor
 */
export async function ownerOfRegistration(
  id: string,
  isRemoved: boolean,
  ports: RegistrationPorts,
): Promise<SubscriptionOwner | undefined> {
  const { store, connectors, mode } = ports;
  const row = await (isRemoved ? findRemovedRegistration : findRegistration)(store, id);
  if (row === undefined) return undefined;
  const connector = connectors.find(row.connector);
  const subscription = subscriptionOf(connector.manifest);
  if (subscription === undefined || !('list' in subscription) || subscription.per !== 'registration') {
    return undefined;
  }
  const connection = standIn(row, connector, mode);
  return {
    kind: 'registration',
    id,
    tenant: environmentTenant,
    connection,
    tokens: registrationTokens(row, connection, subscription, ports),
    subscription,
    secret: { owner: connection.secrets, name: findWebhook(connector.manifest)?.signature.secret ?? '' },
  };
}

/** What calls of a registration are made as: no account, no variables. */
function standIn(
  row: RegistrationRow,
  connector: Connection['info']['connector'],
  mode: RegistrationPorts['mode'],
): Connection {
  const origin = mode === 'development' ? row.origin : null;
  const target = egressTarget(connector.manifest, {}, origin);
  const { id, appId } = row;
  return {
    info: {
      tenant: environmentTenant,
      id,
      connector,
      account: appId,
      identity: null,
      registration: id,
      variables: {},
    },
    target,
    developmentOrigin: origin === null ? null : target.sendTo,
    grantedScopes: null,
    rateScale: origin === null ? 1 : null,
    secrets: { kind: 'registration', id, tenant: environmentTenant, connector: connector.id },
  };
}

/** The registration's own credential: its client secret, or a token that the app gets for itself. */
function registrationTokens(
  row: RegistrationRow,
  connection: Connection,
  { credential, list, create, remove }: KeptSubscription,
  ports: RegistrationPorts,
): CallTokens {
  const { manifest } = connection.info.connector;
  const names = new Set([list, create, remove]);
  const scopes = manifest.operations.filter(({ name }) => names.has(name)).flatMap((one) => one.scopes);
  let token: Promise<Secret> | undefined;
  const fetchToken = async (signal: AbortSignal): Promise<Secret> => {
    const client = await vendorClientOf(row, connection, ports.vault);
    const [clientSecret] = client.secrets;
    if (credential === 'client_secret' && clientSecret !== undefined) return clientSecret;
    const reply = await ports.endpoint.clientCredentials(client, [...new Set(scopes)], signal);
    if (reply.kind !== 'granted') throw reply.error;
    const text = readPointerText(reply.json, '/access_token');
    if (text === undefined) {
      throw new ConfigurationError(`The vendor gave the registration "${row.id}" no token of its own`, {
        code: 'registration_token',
      });
    }
    return new Secret(text);
  };
  return {
    get: (_connection, signal) => (token ??= fetchToken(signal)),
    renew: async () => undefined,
    noteRefused: () => true,
  };
}
