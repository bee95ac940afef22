import type { VendorClient } from '../oauth/vendor-client.ts';
import { Secret } from '../secret.ts';
import type { RotationPorts } from './rotation-ports.ts';
import type { SecretHolder } from './secret-holder.ts';

/** A refresh token that no vendor gave: what it is refused for tells whether our client was accepted. */
const noToken = new Secret('onceover-asks-whether-this-client-is-known');

/**
 * Whether the token endpoint accepts our client with this secret. It is asked to refresh a token that does not exist:
 * `invalid_grant` is said only to a client that is known. Undefined when no connection tells the vendor's host yet.
 * @throws {OnceoverError} when the answer says neither
 */
export async function acceptsClient(
  { registration, connection, connector, secrets: owner }: SecretHolder,
  secret: Secret,
  { endpoint, mode }: Pick<RotationPorts, 'endpoint' | 'mode'>,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const { auth, variables } = connector.manifest;
  if (connection === undefined && Object.keys(variables).length > 0) return undefined;
  if (registration === undefined || registration.clientId === null) return undefined;
  const client: VendorClient = {
    registration: owner.id,
    auth,
    clientId: registration.clientId,
    secrets: [secret],
    variables: connection?.info.variables ?? {},
    developmentOrigin:
      mode === 'development' ? (registration.origin ?? connection?.developmentOrigin ?? null) : null,
  };
  const reply = await endpoint.refresh(client, noToken, signal);
  if (reply.kind !== 'trouble') return true;
  if (reply.error.code === 'client_refused') return false;
  throw reply.error;
}
