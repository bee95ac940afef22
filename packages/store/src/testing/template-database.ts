import { createHash } from 'node:crypto';
import pg from 'pg';
import { connectOnce } from '../connect-once.ts';
import { isPidAlive } from '../embedded/process-identity.ts';
import { migrate } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import { hashOfMigration } from '../migrations/migration.ts';
import { grantStatements } from '../roles/apply-grants.ts';
import { groupNames } from '../roles/ensure-roles.ts';
import { hasSqlState } from '../sql-state.ts';
import { atDatabase, type DatabaseUrls } from './test-server.ts';

const templatePrefix = 'onceover_template_';
/** Test databases carry the number of the process that made them, so that what a killed run left can be told. */
export const testDatabasePrefix = 'onceover_test_';
const templateLock = 6_215_104_403n;
const applicationName = 'onceover-tests';

/** The template's name stands for its content: the migrations and the rules of the grants. */
export function templateName(): string {
  const grants = grantStatements(groupNames(), { audit: ['a'], others: ['o'], views: ['v'] });
  const content = JSON.stringify([migrations.map(hashOfMigration), grants]);
  return templatePrefix + createHash('sha256').update(content).digest('hex').slice(0, 16);
}

/** Makes the migrated database that test databases are copied from, once per content. */
export async function ensureTemplate(server: DatabaseUrls): Promise<void> {
  const name = templateName();
  const draft = `${name}_draft`;
  await connectOnce({ url: server.ownerUrl, applicationName }, async (client) => {
    await client.query('select pg_advisory_lock($1)', [templateLock]);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 1) return;
    await client.query(`drop database if exists ${pg.escapeIdentifier(draft)} with (force)`);
    await client.query(`create database ${pg.escapeIdentifier(draft)} template template0 encoding 'UTF8'`);
    await migrate({ ownerUrl: atDatabase(server, draft).ownerUrl });
    await client.query(`alter database ${pg.escapeIdentifier(draft)} rename to ${pg.escapeIdentifier(name)}`);
  });
}

/** Drops what earlier runs left: databases of processes that ended, templates of other contents. */
export async function dropLeftovers(server: DatabaseUrls): Promise<void> {
  await connectOnce({ url: server.ownerUrl, applicationName }, async (client) => {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    for (const { datname } of rows) {
      const pid = new RegExp(`^${testDatabasePrefix}(\\d+)_`).exec(datname)?.[1];
      const isAbandoned = pid !== undefined && !isPidAlive(Number(pid));
      const isOldTemplate = datname.startsWith(templatePrefix) && datname !== templateName();
      if (isAbandoned || isOldTemplate) await dropUnused(client, datname);
    }
  });
}

async function dropUnused(client: pg.Client, name: string): Promise<void> {
  try {
    await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
  } catch (error) {
    // Another run with other migrations is copying it right now.
    if (!hasSqlState(error, '55006')) throw error;
  }
}
