import { ConflictError, NotFoundError } from '@onceover/contract';
import { countGrantFamilies, findGrant, type GrantRow, withTransaction } from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import type { Connection } from '../connections/connection.ts';
import { accessTokenField } from '../connections/secret-fields.ts';
import type { RotationPorts } from './rotation-ports.ts';

export interface RotatedGrant {
  /** The token set in use now. */
  version: number;
  /** Earlier authorisations of this connection whose end at the vendor was never proven. */
  earlierGrants: number;
}

const timeoutMs = 30_000;

/**
 * Gives a refresh token's family a new token, through the same single flight as every refresh. Where a refresh does
 * not end the old token there would be two that hold: a new authorisation is needed there.
 */
export async function rotateGrant(
  { tenant, connection: id, by }: { tenant: string; connection: string; by: string },
  ports: RotationPorts,
): Promise<RotatedGrant> {
  const { store, clock, accessTokens } = ports;
  const connection = await ports.connections.find(tenant, id);
  if (connection === undefined) {
    throw new NotFoundError(`There is no connection "${id}" in this tenant.`, { code: 'connection_unknown' });
  }
  const before = await requireFamily(connection, ports);
  await accessTokens.rotate(connection, AbortSignal.timeout(timeoutMs));
  const version = (await findGrant(store, id))?.version ?? before.version;
  const earlierGrants = Math.max(0, (await countGrantFamilies(store, id)) - 1);
  const payload = { before: before.version, version, earlierGrants, by };
  const change = { tenant, kind: 'grant-rotated', subject: `connections/${id}`, payload };
  await withTransaction(store, (db) => writeChanges(db, [change], clock));
  return { version, earlierGrants };
}

/** @throws {ConflictError} when there is no family of refresh tokens, or a refresh would make a second one */
async function requireFamily(
  { info, secrets }: Connection,
  { store, vault }: RotationPorts,
): Promise<GrantRow> {
  const { id, registration } = info;
  const { auth, title } = info.connector.manifest;
  if ((await vault.get(secrets, accessTokenField)).length > 0) {
    throw new ConflictError(
      `The connection "${id}" has a given credential and no grant: name the secret to rotate with --secret.`,
      { code: 'not_connected' },
    );
  }
  const grant = await findGrant(store, id);
  if (grant?.status !== 'authorized') {
    throw new ConflictError(`The connection "${id}" is not authorised: onceover connect ${id}`, {
      code: 'not_connected',
    });
  }
  if (grant.kind === 'client_credentials') {
    throw new ConflictError(
      `The connection "${id}" has no refresh token: its tokens come from the client secret. Rotate that: onceover registrations rotate ${registration}`,
      { code: 'no_refresh_token' },
    );
  }
  if (auth.refresh.rotates !== 'always') {
    throw new ConflictError(
      `${title} does not promise to end a refresh token when it gives a new one. Authorise the connection again: onceover connect ${id}`,
      { code: 'reconnect_needed' },
    );
  }
  return grant;
}
