import pg from 'pg';
import { connectOnce } from '../connect-once.ts';
import type { TestDatabase } from './create-test-database.ts';

/** Every row of one of Onceover's tables, as its owner sees it: for assertions. Columns of type json are parsed. */
export async function readTable(
  database: Pick<TestDatabase, 'ownerUrl'>,
  table: string,
): Promise<Record<string, unknown>[]> {
  const name = pg.escapeIdentifier(table);
  return connectOnce({ url: database.ownerUrl, applicationName: 'onceover-tests' }, async (client) => {
    const { rows } = await client.query<Record<string, unknown>>(`select * from onceover.${name}`);
    return rows;
  });
}
