import { defineQuery, type Queryable } from '../define-query.ts';

export interface RegistrationRow {
  id: string;
  tenant: string;
  connector: string;
  clientId: string | null;
  appId: string | null;
  origin: string | null;
}

const query = defineQuery<[id: string], RegistrationRow>(
  'find-registration',
  `select id, tenant, connector, client_id as "clientId", app_id as "appId", origin
   from onceover.registrations where id = $1 and removed_at is null`,
);

const removed = defineQuery<[id: string], RegistrationRow>(
  'find-removed-registration',
  `select id, tenant, connector, client_id as "clientId", app_id as "appId", origin
   from onceover.registrations where id = $1 and removed_at is not null`,
);

/** A registration that nobody uses any more. */
export async function findRemovedRegistration(
  db: Queryable,
  id: string,
): Promise<RegistrationRow | undefined> {
  return removed.maybeOne(db, [id]);
}

/** A registration that is in use; undefined when there is none. */
export async function findRegistration(db: Queryable, id: string): Promise<RegistrationRow | undefined> {
  return query.maybeOne(db, [id]);
}
