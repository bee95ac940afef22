import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError, UpstreamError } from '@onceover/contract';
import {
  claimRefresh,
  endGrant,
  findGrant,
  listUsableTokenSets,
  refuseTokenSet,
  withTransaction,
} from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import type { Connection } from '../connections/connection.ts';
import { authUrl } from './auth-urls.ts';
import { refuseGivenCredentials, requireConnection } from './authorizations.ts';
import type { ProvenRevocation, RevocationResult } from './oauth.ts';
import type { Subscriptions } from '../subscriptions/subscriptions.ts';
import type { RefreshPorts } from './refresh-grant.ts';
import { readTokenAnswer } from './token-answer.ts';
import { openTokenSet, type TokenSet } from './token-sets.ts';
import { loadVendorClient, type VendorClient } from './vendor-client.ts';
import type { ConnectionBook } from '../connections/create-connections.ts';

export interface RevokePorts extends RefreshPorts {
  connections: ConnectionBook;
  /** Removes what calls alone can remove at the vendor: the webhook subscription. */
  endSubscription: Subscriptions['end'];
}

/**
 * Disconnects: from now on no call uses the connection; then its tokens are ended at the vendor, and that is proven by
 * using them. What could not be proven is said, and can be tried again.
 */
export async function revokeGrant(
  asked: { tenant: string; connection: string; by: string; reason: string },
  ports: RevokePorts,
): Promise<RevocationResult> {
  const connection = await requireConnection(asked, ports.connections);
  await refuseGivenCredentials(connection, ports);
  await requireGrant(asked.connection, ports);
  // While calls are still possible. What fails does not hold the disconnection back.
  const subscription = await ports.endSubscription(asked);
  const epoch = await takeLease(asked.connection, ports);
  await end(connection, { ...asked, epoch, reason: 'revocation_not_proven' }, ports);
  const result = await endAtVendor(connection, ports);
  const lease = await takeLease(asked.connection, ports);
  const reason = result.isProven ? 'revoked' : 'revocation_not_proven';
  await end(connection, { ...asked, epoch: lease, reason: `${reason}: ${result.detail}` }, ports);
  ports.connections.forgetRead();
  return { ...result, subscription };
}

async function takeLease(connection: string, { store, leaseMs, random }: RevokePorts): Promise<number> {
  const owner = randomUUID();
  const until = performance.now() + leaseMs * 1.5;
  for (;;) {
    const claimed = await claimRefresh(store, { connection, version: null, owner, leaseMs });
    if (claimed !== undefined) return claimed.epoch;
    await requireGrant(connection, { store });
    if (performance.now() > until) {
      throw new UpstreamError('The connection is being refreshed all the time; try again', {
        code: 'lease_busy',
      });
    }
    await sleep(50 + 50 * random());
  }
}

async function requireGrant(connection: string, { store }: Pick<RevokePorts, 'store'>): Promise<void> {
  if ((await findGrant(store, connection)) !== undefined) return;
  throw new ConflictError(`The connection "${connection}" is not authorised: there is nothing to revoke.`, {
    code: 'not_connected',
  });
}

async function end(
  { info }: Connection,
  change: { epoch: number; reason: string; by: string; tenant: string },
  { store, clock }: RevokePorts,
): Promise<void> {
  const { epoch, reason, by, tenant } = change;
  await withTransaction(store, async (db) => {
    await endGrant(db, { connection: info.id, epoch, status: 'revoked', reason });
    const payload = { reason, by };
    await writeChanges(
      db,
      [{ tenant, kind: 'connection-revoked', subject: `connections/${info.id}`, payload }],
      clock,
    );
  });
}

async function endAtVendor(connection: Connection, ports: RevokePorts): Promise<ProvenRevocation> {
  const { auth, title } = connection.info.connector.manifest;
  const grant = await findGrant(ports.store, connection.info.id);
  if (grant === undefined) return { isProven: false, detail: 'the grant is gone' };
  if (auth.revokeUrl === undefined) {
    return {
      isProven: false,
      detail: `${title} has no revocation by API: remove our app in the account's settings there`,
    };
  }
  const client = await loadVendorClient(connection, ports);
  const ask = { connection: grant.connection, from: grant.version };
  // The one in use, and what came late beside it: each may be live.
  for (const version of await listUsableTokenSets(ports.store, ask)) {
    const tokens = await openTokenSet(connection, version, ports.vault);
    const result = await revokeAndProve(client, tokens, ports);
    if (!result.isProven) return result;
    await refuseTokenSet(ports.store, { connection: grant.connection, version });
  }
  const stillLive =
    auth.revocation?.ends === 'refresh' ? '; access tokens given out before live on until they expire' : '';
  return { isProven: true, detail: `the vendor refuses what was revoked${stillLive}` };
}

async function revokeAndProve(
  client: VendorClient,
  tokens: TokenSet,
  { endpoint, leaseMs }: RevokePorts,
): Promise<ProvenRevocation> {
  const signal = () => AbortSignal.timeout(leaseMs * 0.4);
  const { auth, variables } = client;
  const reply = await endpoint.revoke(client, tokens, signal());
  // A token that is dead already cannot be revoked again: the use of it decides.
  const told = reply.kind === 'granted' ? '' : ` (${reply.error.message})`;
  if (auth.revocation?.proof !== undefined && auth.revocation.ends === 'all') {
    const proofUrl = new URL(auth.revocation.proof, authUrl(auth.revokeUrl ?? auth.tokenUrl, variables));
    const status = await endpoint.probe(client, proofUrl, tokens.accessToken, signal());
    if (status !== 401 && status !== 403) {
      return {
        isProven: false,
        detail: `a use of the access token was answered ${status ?? 'with nothing'}${told}`,
      };
    }
  }
  if (tokens.refreshToken !== null) {
    const used = await endpoint.refresh(client, tokens.refreshToken, signal());
    if (used.kind === 'trouble') return { isProven: false, detail: `${used.error.message}${told}` };
    if (used.kind === 'granted') {
      const fresh = readTokenAnswer(auth, used.json);
      const again = {
        accessToken: fresh.accessToken,
        refreshToken: fresh.refreshToken ?? tokens.refreshToken,
      };
      await endpoint.revoke(client, again, signal());
      return { isProven: false, detail: `the refresh token still worked after its revocation${told}` };
    }
    return { isProven: true, detail: '' };
  }
  const isProven = auth.revocation?.proof !== undefined;
  return { isProven, detail: isProven ? '' : `there is nothing whose use could prove it${told}` };
}
