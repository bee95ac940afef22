import { connectOnce } from '../connect-once.ts';
import type { TestDatabase } from './create-test-database.ts';

/** Every row of every table and partition of the database, of whatever schema of ours, as text; bytes are hex. */
export async function dumpDatabase(
  database: Pick<TestDatabase, 'ownerUrl'>,
): Promise<ReadonlyMap<string, string>> {
  return connectOnce({ url: database.ownerUrl, applicationName: 'onceover-tests' }, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select oid::regclass::text as name from pg_class
       where relkind in ('r', 'm') and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
       order by 1`,
    );
    const dump = new Map<string, string>();
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select one::text as row from ${name} one`);
      dump.set(name, rows.map(({ row }) => row).join('\n'));
    }
    return dump;
  });
}
