import { defineQuery, type Queryable } from '../define-query.ts';
import { authorizationColumns, type AuthorizationRow } from './find-authorization.ts';

const query = defineQuery<
  [ticketDigest: Buffer, stateDigest: Buffer, cookieDigest: Buffer, lifeSeconds: number],
  AuthorizationRow
>(
  'start-authorization',
  `update onceover.authorizations
   set status = 'started', state_digest = $2, cookie_digest = $3,
     expires_at = clock_timestamp() + make_interval(secs => $4)
   where ticket_digest = $1 and status = 'waiting' and expires_at > clock_timestamp()
   returning ${authorizationColumns}`,
);

/** Uses a ticket up. Undefined when it is unknown, used or too old. */
export async function startAuthorization(
  db: Queryable,
  start: { ticketDigest: Buffer; stateDigest: Buffer; cookieDigest: Buffer; lifeSeconds: number },
): Promise<AuthorizationRow | undefined> {
  return query.maybeOne(db, [start.ticketDigest, start.stateDigest, start.cookieDigest, start.lifeSeconds]);
}
