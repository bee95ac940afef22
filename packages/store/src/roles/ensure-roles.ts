import pg from 'pg';
import { connectOnce } from '../connect-once.ts';
import { hasSqlState } from '../sql-state.ts';

/** What a login may be for; each is a group role that migrations grant to, and logins are its members. */
export type RoleName = 'runner' | 'api' | 'auditor';

const roleNames: readonly RoleName[] = ['runner', 'api', 'auditor'];

/** Roles belong to the whole cluster: the key is the same in every database, and every caller may lose the race. */
const rolesLock = 6_215_104_401n;
const raceStates = ['42710', '23505', 'XX000'];

/** The group roles: `onceover_runner`, `onceover_api`, `onceover_auditor`. */
export function groupNames(prefix = 'onceover'): Record<RoleName, string> {
  return { runner: `${prefix}_runner`, api: `${prefix}_api`, auditor: `${prefix}_auditor` };
}

/** The logins that the embedded server and tests use, each a member of its group. */
export function loginNames(prefix = 'onceover'): Record<RoleName, string> {
  return { runner: `${prefix}_runner_login`, api: `${prefix}_api_login`, auditor: `${prefix}_auditor_login` };
}

/** A login to create: the part of its name before `_login` is its group. */
export interface RoleLogin {
  name: string;
  password: string;
}

/**
 * Makes the group roles (and logins, when given) that are missing. Repeating and racing are harmless.
 * Returns the statements that this login may not run, for an administrator; empty when all is in place.
 */
export async function ensureRoles(options: {
  ownerUrl: string;
  prefix?: string;
  logins?: readonly RoleLogin[];
  signal?: AbortSignal;
}): Promise<string[]> {
  const { ownerUrl, prefix, logins = [], signal } = options;
  const groups = groupNames(prefix);
  return connectOnce({ url: ownerUrl, applicationName: 'onceover-roles', signal }, async (client) => {
    await client.query('select pg_advisory_lock($1)', [rolesLock]);
    const missing: string[] = [];
    const create = async (name: string, statement: string, shown: string) => {
      if (!(await createRole(client, name, statement))) missing.push(shown);
    };
    for (const name of roleNames) {
      const statement = `create role ${pg.escapeIdentifier(groups[name])} nologin`;
      await create(groups[name], statement, `${statement};`);
    }
    for (const { name, password } of logins) {
      const group = pg.escapeIdentifier(name.replace(/_login$/, ''));
      const statement = `create role ${pg.escapeIdentifier(name)} login in role ${group}`;
      const withPassword = `${statement} password ${pg.escapeLiteral(password)}`;
      await create(name, withPassword, `${statement} password '…';`);
    }
    return missing;
  });
}

/** False when this login has no right to create roles. Who loses a race against another creator looks again. */
async function createRole(client: pg.Client, name: string, statement: string): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name]);
    if (rowCount === 1) return true;
    try {
      await client.query(statement);
      return true;
    } catch (error) {
      if (hasSqlState(error, '42501')) return false;
      if (!hasSqlState(error, ...raceStates) || attempt === 5) throw error;
    }
  }
}
