import { defineQuery, type Queryable } from '../define-query.ts';

export interface ConnectionRow {
  id: string;
  tenant: string;
  connector: string;
  /** A pinned version; null follows the one that is loaded. */
  connectorVersion: string | null;
  registration: string | null;
  account: string | null;
  variables: Readonly<Record<string, string>>;
  responsible: string;
  identity: string | null;
  origin: string | null;
  /** Null: the vendor has not told. */
  grantedScopes: readonly string[] | null;
  /** What part of the declared limits it may use; null: the config does not say. */
  rateScale: number | null;
}

/** As it comes from the database: JSON is text there. */
type Stored = Omit<ConnectionRow, 'variables'> & { variables: string };

const columns = `id, tenant, connector, connector_version as "connectorVersion", registration, account, variables,
   responsible, identity, origin, granted_scopes as "grantedScopes", rate_scale as "rateScale"`;

const byId = defineQuery<[id: string], Stored>(
  'find-connection',
  `select ${columns} from onceover.connections where id = $1 and removed_at is null`,
);

const byAccount = defineQuery<[registration: string, account: string], Stored>(
  'find-connection-by-account',
  `select ${columns} from onceover.connections
   where registration = $1 and account = $2 and removed_at is null`,
);

const removed = defineQuery<[id: string], Stored>(
  'find-removed-connection',
  `select ${columns} from onceover.connections where id = $1 and removed_at is not null`,
);

/** A connection that is in use, of whichever tenant: compare it. */
export async function findConnection(db: Queryable, id: string): Promise<ConnectionRow | undefined> {
  return read(await byId.maybeOne(db, [id]));
}

/** A connection that nobody uses any more. */
export async function findRemovedConnection(db: Queryable, id: string): Promise<ConnectionRow | undefined> {
  return read(await removed.maybeOne(db, [id]));
}

/** The registration's connection for a vendor account. */
export async function findConnectionByAccount(
  db: Queryable,
  { registration, account }: { registration: string; account: string },
): Promise<ConnectionRow | undefined> {
  return read(await byAccount.maybeOne(db, [registration, account]));
}

function read(stored: Stored | undefined): ConnectionRow | undefined {
  return stored && { ...stored, variables: JSON.parse(stored.variables) as Record<string, string> };
}
