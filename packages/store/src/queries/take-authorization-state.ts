import { defineQuery, type Queryable } from '../define-query.ts';
import { authorizationColumns, type AuthorizationRow } from './find-authorization.ts';

const query = defineQuery<
  [registration: string, stateDigest: Buffer, cookieDigest: Buffer],
  AuthorizationRow
>(
  'take-authorization-state',
  `update onceover.authorizations set status = 'exchanging'
   where registration = $1 and state_digest = $2 and cookie_digest = $3 and status = 'started'
     and expires_at > clock_timestamp()
   returning ${authorizationColumns}`,
);

/** Uses a state up. Undefined when it is unknown, used, too old, another registration's, or not this browser's. */
export async function takeAuthorizationState(
  db: Queryable,
  taken: { registration: string; stateDigest: Buffer; cookieDigest: Buffer },
): Promise<AuthorizationRow | undefined> {
  return query.maybeOne(db, [taken.registration, taken.stateDigest, taken.cookieDigest]);
}
