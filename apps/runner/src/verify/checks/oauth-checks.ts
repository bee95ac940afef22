import { type Check, CheckFailure, NotRun } from '../check.ts';
import type { Findings } from '../findings.ts';
import { pathOf, type SeenRequest } from '../vendor-proxy.ts';
import { connectionId, registrationId, type VerifyRig } from '../verify-rig.ts';
import { newRecord, writeOnce } from './write-check.ts';

const publicUrl = 'http://127.0.0.1:4400';
const asked = { tenant: 'default', connection: connectionId, by: 'verify' } as const;
const callers = 10;

/** What a person does, at the sandbox's consent page: it agrees at once and leads back. */
export function authorizeCheck(rig: VerifyRig, found: Pick<Findings, 'isAuthorized'>): Check {
  const { oauth } = rig.broker;
  const { grants, scopes } = rig.connector.manifest.auth;
  return {
    name: 'authorize',
    async run() {
      if (grants.includes('authorization_code')) {
        const { ticket } = await oauth.begin(asked);
        const { redirectTo, cookie } = await oauth.start({ ticket, publicUrl });
        const back = await browse(redirectTo);
        const { failure } = await oauth.complete({
          registration: registrationId,
          query: back.search.slice(1),
          cookies: { [cookie.name]: cookie.value },
          publicUrl,
        });
        if (failure !== null) {
          throw new CheckFailure(
            `${failure} The sandbox's token endpoint must answer as the manifest's auth says: ${tokenFacts(rig)}.`,
          );
        }
      } else {
        await oauth.authorizeClient(asked);
      }
      found.isAuthorized = true;
      return `consent and token endpoint of the sandbox, ${Object.keys(scopes).length} scopes`;
    },
  };
}

function tokenFacts({ connector }: VerifyRig): string {
  const { tokenUrl, tokenBody, clientAuthentication, grantedFrom } = connector.manifest.auth;
  return `POST ${pathOf(tokenUrl)}, body ${tokenBody}, client ${clientAuthentication}, granted scopes by ${grantedFrom.kind}`;
}

async function browse(first: string): Promise<URL> {
  let next = first;
  for (let hops = 0; hops < 20; hops += 1) {
    if (next.startsWith(publicUrl)) return new URL(next);
    const response = await fetch(next, { redirect: 'manual' });
    const location = response.headers.get('location');
    if (location === null) {
      throw new CheckFailure(
        `The sandbox's consent page answered ${response.status} at ${new URL(next).pathname}. It must agree at once and redirect to redirect_uri with code and state: the path is the manifest's authorizeUrl.`,
      );
    }
    next = new URL(location, next).href;
  }
  throw new CheckFailure('The consent page of the sandbox redirects more than twenty times.');
}

/** Callers at once with a token that the vendor refuses: one of them refreshes it, and all of them succeed. */
export function refreshCheck(rig: VerifyRig, found: Pick<Findings, 'isAuthorized' | 'write'>): Check {
  return {
    name: 'refresh',
    async run() {
      const { write } = found;
      const { auth } = rig.connector.manifest;
      if (found.isAuthorized !== true) throw new NotRun('the connection is not authorised');
      if (write === undefined) throw new NotRun('no write could be done to use the token');
      if (!auth.grants.includes('refresh_token'))
        throw new NotRun('the manifest names no refresh_token grant');
      rig.proxy.expireTokens();
      const isToken = ({ method, path }: SeenRequest) => method === 'POST' && path === pathOf(auth.tokenUrl);
      const before = rig.proxy.count(isToken);
      const outcomes = await Promise.all(
        Array.from({ length: callers }, async () => {
          const record = newRecord(write, rig);
          return record === undefined
            ? { outcome: 'nothing', detail: 'no record' }
            : writeOnce(write, record, rig);
        }),
      );
      const calls = rig.proxy.count(isToken) - before;
      if (calls === 0) {
        throw new CheckFailure(
          'The sandbox takes an access token that it has not given out: it must answer 401, as the vendor does, so that a refresh follows.',
        );
      }
      const failed = outcomes.find(({ outcome }) => outcome !== 'created');
      if (failed !== undefined) {
        throw new CheckFailure(
          `After the access token expired, a call gave ${failed.detail.replace(/\.$/, '')}. A refresh must give a token that works: check tokenUrl, refresh and tokenBody in the manifest's auth, and the sandbox's token endpoint.`,
        );
      }
      if (calls !== 1) throw new CheckFailure(`One expiry took ${calls} calls of the token endpoint.`);
      return `expired for ${callers} callers at once: 1 token call, ${callers} writes done`;
    },
  };
}

export function revokeCheck(rig: VerifyRig, found: Pick<Findings, 'isAuthorized' | 'write'>): Check {
  return {
    name: 'revoke',
    async run() {
      const { auth } = rig.connector.manifest;
      if (found.isAuthorized !== true) throw new NotRun('the connection is not authorised');
      const { isProven, detail } = await rig.broker.oauth.revoke({ ...asked, reason: 'connectors verify' });
      const { write } = found;
      const record = write && newRecord(write, rig);
      if (write !== undefined && record !== undefined) {
        const { outcome } = await writeOnce(write, record, rig);
        if (outcome === 'created')
          throw new CheckFailure('A call still went out after the connection was revoked.');
      }
      if (isProven) return detail;
      if (auth.revokeUrl === undefined) throw new NotRun(`calls are refused here; ${detail}`);
      throw new CheckFailure(
        `The revocation is not proven: ${detail.replace(/\.$/, '')}. Check revokeUrl and revocation in the manifest's auth; the sandbox must end what is revoked.`,
      );
    },
  };
}
