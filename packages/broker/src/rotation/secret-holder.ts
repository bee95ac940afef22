import { NotFoundError, type SecretFact } from '@onceover/contract';
import {
  findConnectionOfRegistration,
  findRegistration,
  findSubscriptionId,
  type RegistrationRow,
} from '@onceover/store';
import type { LoadedConnector } from '../call-types.ts';
import type { Connection } from '../connections/connection.ts';
import { egressTarget, type EgressTarget } from '../egress/egress-target.ts';
import { environmentTenant, type SecretOwner } from '../vault/secret-place.ts';
import type { RotationPorts } from './rotation-ports.ts';

/** Whose secret is rotated, as an operator names it. */
export interface HolderName {
  kind: SecretOwner['kind'];
  tenant: string;
  id: string;
}

/** A connection or registration with what its secrets' rotation needs. */
export interface SecretHolder {
  secrets: SecretOwner;
  connector: LoadedConnector;
  /** The connection, or one of the registration's: its variables make URLs. Undefined when there is none yet. */
  connection: Connection | undefined;
  registration: RegistrationRow | undefined;
  /** The vendor's id of the webhook subscription that we keep for it. */
  subscription: string | null;
  /** Undefined where the vendor's host depends on a connection and there is none. */
  target: EgressTarget | undefined;
}

type Ports = Pick<RotationPorts, 'store' | 'connections' | 'connectors' | 'mode'>;

/** @throws {NotFoundError} `connection_unknown`, `registration_unknown` */
export async function findHolder(name: HolderName, ports: Ports): Promise<SecretHolder> {
  return name.kind === 'connection' ? connectionHolder(name, ports) : registrationHolder(name, ports);
}

async function connectionHolder({ tenant, id }: HolderName, ports: Ports): Promise<SecretHolder> {
  const connection = await ports.connections.find(tenant, id);
  if (connection === undefined) {
    throw new NotFoundError(`There is no connection "${id}" in this tenant.`, { code: 'connection_unknown' });
  }
  const { registration: registrationId, connector } = connection.info;
  const registration =
    registrationId === null ? undefined : await findRegistration(ports.store, registrationId);
  const { secrets, target } = connection;
  const subscription = await findSubscriptionId(ports.store, id);
  return { secrets, connector, connection, registration, subscription, target };
}

async function registrationHolder({ tenant, id }: HolderName, ports: Ports): Promise<SecretHolder> {
  const registration = tenant === environmentTenant ? await findRegistration(ports.store, id) : undefined;
  if (registration === undefined) {
    throw new NotFoundError(`There is no registration "${id}" in this tenant.`, {
      code: 'registration_unknown',
    });
  }
  const connector = ports.connectors.find(registration.connector);
  const found = await findConnectionOfRegistration(ports.store, id);
  const connection = found && (await ports.connections.find(found.tenant, found.id));
  const secrets: SecretOwner = { kind: 'registration', id, tenant, connector: connector.id };
  const needsVariables = Object.keys(connector.manifest.variables).length > 0;
  const origin = ports.mode === 'development' ? registration.origin : null;
  const target =
    connection?.target ?? (needsVariables ? undefined : egressTarget(connector.manifest, {}, origin));
  const subscription = await findSubscriptionId(ports.store, id);
  return { secrets, connector, connection, registration, subscription, target };
}

/** The secrets that such a holder has, as the manifest tells. */
export function secretsOfHolder({
  secrets,
  connector,
}: Pick<SecretHolder, 'secrets' | 'connector'>): SecretFact[] {
  return connector.manifest.auth.secrets.filter(({ per }) => per === secrets.kind);
}

/** A webhook's path names a connection or a registration: the secret may lie at either, whosever it is as a rule. */
export function mayHold({ kind }: Pick<SecretOwner, 'kind'>, { per, uses }: SecretFact): boolean {
  return per === kind || uses.includes('webhook');
}

/** @throws {NotFoundError} `secret_unknown` when there is no such secret, or none is named and there are several */
export function secretOfHolder(holder: SecretHolder, name: string | undefined): SecretFact {
  const all = secretsOfHolder(holder);
  const [only] = all;
  const { secrets } = holder.connector.manifest.auth;
  const found =
    name === undefined && all.length === 1
      ? only
      : secrets.find((one) => one.name === name && mayHold(holder.secrets, one));
  if (found !== undefined) return found;
  const { kind, id } = holder.secrets;
  const known = all.map((one) => one.name).join(', ');
  throw new NotFoundError(
    known === ''
      ? `The ${kind} "${id}" has no secret of its own at ${holder.connector.manifest.title}.`
      : `Which secret of the ${kind} "${id}"? It has: ${known}. Name one with --secret.`,
    { code: 'secret_unknown' },
  );
}

/** `registrations/<id>`, for the audit log. */
export function subjectOf({ kind, id }: SecretOwner): string {
  return `${kind}s/${id}`;
}
