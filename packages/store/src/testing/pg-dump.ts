import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectOnce } from '../connect-once.ts';
import type { DatabaseUrls } from './test-server.ts';

const run = promisify(execFile);
const packages = '/usr/lib/postgresql';

/**
 * What `pg_dump` makes of a database, as text; bytes are hex. Undefined, and said loudly, where no program of the server's
 * version or a later one is installed: the bundled PostgreSQL brings none.
 */
export async function pgDump({ ownerUrl }: Pick<DatabaseUrls, 'ownerUrl'>): Promise<string | undefined> {
  const server = await serverVersion(ownerUrl);
  const program = await findPgDump(server);
  if (program === undefined) {
    process.stderr.write(
      `\nNOT DUMPED WITH pg_dump: none of version ${server} or later is in PATH or ${packages}. Install postgresql-client.\n\n`,
    );
    return undefined;
  }
  const { stdout } = await run(program, ['--dbname', ownerUrl], { maxBuffer: 1024 ** 3 });
  return stdout;
}

/** The oldest that can read the server's database. */
async function findPgDump(server: number): Promise<string | undefined> {
  const versions = await readdir(packages).catch(() => []);
  const candidates = [
    ...versions
      .toSorted((a, b) => Number(a) - Number(b))
      .map((version) => join(packages, version, 'bin', 'pg_dump')),
    'pg_dump',
  ];
  for (const program of candidates) {
    const answer = await run(program, ['--version']).catch(() => ({ stdout: '' }));
    if (Number(/\) (\d+)/.exec(answer.stdout)?.[1] ?? 0) >= server) return program;
  }
  return undefined;
}

async function serverVersion(url: string): Promise<number> {
  return connectOnce({ url, applicationName: 'onceover-tests' }, async (client) => {
    const { rows } = await client.query<{ version: string }>(
      `select current_setting('server_version_num') as version`,
    );
    return Math.floor(Number(rows[0]?.version) / 10_000);
  });
}
