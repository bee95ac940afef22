import { type Auth, ConfigurationError } from '@onceover/contract';
import { findRegistration, type RegistrationRow, type Store } from '@onceover/store';
import type { Connection } from '../connections/connection.ts';
import { clientSecretField } from '../connections/secret-fields.ts';
import type { Secret } from '../secret.ts';
import type { Vault } from '../vault/create-vault.ts';
import { environmentTenant } from '../vault/secret-place.ts';

/** Our client at a vendor, as one connection uses it. */
export interface VendorClient {
  registration: string;
  auth: Auth;
  clientId: string;
  /** The current secret first, then those that the vendor may know beside it while it is rotated. */
  secrets: readonly Secret[];
  variables: Readonly<Record<string, string>>;
  developmentOrigin: string | null;
}

/** @throws {ConfigurationError} `registration_missing`, `client_id_missing`, `client_secret_missing` */
export async function loadVendorClient(
  connection: Connection,
  { store, vault }: { store: Store; vault: Vault },
): Promise<VendorClient> {
  const { registration, connector, id } = connection.info;
  const row = registration === null ? undefined : await findRegistration(store, registration);
  if (row === undefined) {
    throw new ConfigurationError(
      `The connection "${id}" names no registration: add our client at ${connector.manifest.title} to "registrations", and its id here.`,
      { code: 'registration_missing' },
    );
  }
  return vendorClientOf(row, connection, vault);
}

/** The same for a registration that was found. @throws as `loadVendorClient` */
export async function vendorClientOf(
  row: RegistrationRow,
  { info: { connector, variables }, developmentOrigin }: Connection,
  vault: Vault,
): Promise<VendorClient> {
  if (row.clientId === null) {
    throw new ConfigurationError(`The registration "${row.id}" has no client id. Add "clientId".`, {
      code: 'client_id_missing',
    });
  }
  const owner = {
    kind: 'registration',
    id: row.id,
    tenant: environmentTenant,
    connector: connector.id,
  } as const;
  const accepted = await vault.accepted(owner, clientSecretField(connector.manifest));
  const secrets = accepted.map(({ secret }) => secret);
  if (secrets.length === 0) {
    throw new ConfigurationError(
      `The registration "${row.id}" has no client secret: onceover registrations add ${row.id}, or in development "clientSecret" in the config.`,
      { code: 'client_secret_missing' },
    );
  }
  const { auth } = connector.manifest;
  return { registration: row.id, auth, clientId: row.clientId, secrets, variables, developmentOrigin };
}
