import pg from 'pg';
import { connectOnce } from '../connect-once.ts';
import type { TestDatabase } from './create-test-database.ts';

/** Moves a time of every row of one of Onceover's tables into the past: for its reader, as if so much time had gone by. */
export async function ageRows(
  database: Pick<TestDatabase, 'ownerUrl'>,
  { table, column, seconds }: { table: string; column: string; seconds: number },
): Promise<void> {
  const [name, time] = [table, column].map((one) => pg.escapeIdentifier(one));
  await connectOnce({ url: database.ownerUrl, applicationName: 'onceover-tests' }, (client) =>
    client.query(`update onceover.${name} set ${time} = ${time} - make_interval(secs => $1)`, [seconds]),
  );
}
