import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClusterIfMissing } from '../embedded/create-cluster.ts';
import { startServer } from '../embedded/run-server.ts';
import { prepareServerPlace } from '../embedded/server-place.ts';
import { stopServer } from '../embedded/stop-server.ts';
import { type TestServer, useServer } from './test-server.ts';

const root = '/usr/lib/postgresql/15';

/**
 * A server of the oldest supported PostgreSQL, from Debian's package `postgresql-15`. Undefined, and said loudly, where
 * that is not installed.
 */
export async function startPostgres15(): Promise<TestServer | undefined> {
  if (!existsSync(join(root, 'bin', 'postgres'))) {
    process.stderr.write(
      `\nNOT TESTED ON POSTGRESQL 15: ${root} is not there. Install the package postgresql-15.\n\n`,
    );
    return undefined;
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'onceover-postgres-15-'));
  const log = () => {};
  const binaries = { root, version: '15' };
  const place = await prepareServerPlace({ dataDir, binaries, asRoot: {}, log });
  const password = 'only-for-this-test';
  await createClusterIfMissing(place, { owner: 'owner', password, log });
  const { port } = await startServer(place, { logFile: join(dataDir, 'log'), log });
  const server = await useServer(`postgres://owner:${password}@127.0.0.1:${port}/postgres`);
  return {
    ...server,
    async release() {
      await stopServer(place.dataFolder);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
