import {
  authorizeClient,
  type AuthorizationCallback,
  type AuthorizationPorts,
  beginAuthorization,
  completeAuthorization,
  type CompletedAuthorization,
  describeAuthorization,
  openAuthorization,
  redirectUriOf,
  type StartedAuthorization,
} from './authorizations.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { EndedSubscription } from '../subscriptions/subscriptions.ts';
import { revokeGrant, type RevokePorts } from './revoke-grant.ts';

/** An authorisation on its way. */
export interface Authorization {
  id: string;
  connection: string;
  status: 'waiting' | 'started' | 'authorized' | 'failed' | 'expired';
  /** Why it failed, for a person. */
  failure: string | null;
  expiresAt: Date;
}

/** What a disconnection did at the vendor. */
export interface ProvenRevocation {
  /** A use of what was revoked has failed. */
  isProven: boolean;
  detail: string;
}

export interface RevocationResult extends ProvenRevocation {
  /** What became of the connection's webhook subscription. */
  subscription: EndedSubscription;
}

/** Authorising connections at their vendors, and ending that. */
export interface OAuth {
  /**
   * Makes a single-use ticket for a connection's consent page.
   * @throws {NotFoundError} `connection_unknown`
   * @throws {ConflictError} when the connection cannot be authorised as it is configured
   */
  begin(asked: { tenant: string; connection: string; by: string }): Promise<{
    id: string;
    ticket: string;
    expiresAt: Date;
  }>;
  /** Uses a ticket up. @throws {ValidationError} `ticket_invalid` */
  start(asked: { ticket: string; publicUrl: string }): Promise<StartedAuthorization>;
  /** The browser came back. @throws {ValidationError} `state_invalid` */
  complete(callback: AuthorizationCallback): Promise<CompletedAuthorization>;
  /** How an authorisation stands. @throws {NotFoundError} `authorization_unknown` */
  describe(asked: { tenant: string; connection: string; id: string }): Promise<Authorization>;
  /** Authorises with client credentials, where the vendor has them: no person is needed. */
  authorizeClient(asked: { tenant: string; connection: string; by: string }): Promise<void>;
  /** Disconnects a connection here and at the vendor. @throws {ConflictError} `not_connected` */
  revoke(asked: {
    tenant: string;
    connection: string;
    by: string;
    reason: string;
  }): Promise<RevocationResult>;
  /** What must be entered at the vendor. */
  redirectUri(publicUrl: string, registration: string): string;
}

export function createOAuth(ports: AuthorizationPorts & RevokePorts, tokens: AccessTokens): OAuth {
  /** What changes the grant shows at once in this process. */
  const forgetting = async <Result>(connection: string, work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } finally {
      tokens.forget(connection);
    }
  };
  return {
    begin: (asked) => beginAuthorization(asked, ports),
    start: (asked) => openAuthorization(asked, ports),
    async complete(callback) {
      const done = await completeAuthorization(callback, ports);
      tokens.forget(done.connection);
      return done;
    },
    describe: (asked) => describeAuthorization(asked, ports),
    authorizeClient: (asked) => forgetting(asked.connection, authorizeClient(asked, ports)),
    revoke: (asked) => forgetting(asked.connection, revokeGrant(asked, ports)),
    redirectUri: redirectUriOf,
  };
}
