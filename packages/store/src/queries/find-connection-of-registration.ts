import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[registration: string], { tenant: string; id: string }>(
  'find-connection-of-registration',
  `select tenant, id from onceover.connections where registration = $1 and removed_at is null
   order by created_at, id limit 1`,
);

/** One of the registration's connections, the oldest; undefined when there is none. */
export async function findConnectionOfRegistration(
  db: Queryable,
  registration: string,
): Promise<{ tenant: string; id: string } | undefined> {
  return query.maybeOne(db, [registration]);
}
