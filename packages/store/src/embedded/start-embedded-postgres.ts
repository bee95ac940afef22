import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureRoles, loginNames } from '../roles/ensure-roles.ts';
import { connectEmbedded, ensureDatabase } from './connect-embedded.ts';
import { createClusterIfMissing } from './create-cluster.ts';
import { countLeases, takeLease } from './leases.ts';
import { derivePassword, loadPassword } from './password-file.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { findServer, type Postmaster } from './postmaster-file.ts';
import { startServer, waitUntilReady } from './run-server.ts';
import { locateData, prepareServerPlace, type RootOptions } from './server-place.ts';
import { withStartLock } from './start-lock.ts';
import { stopServer } from './stop-server.ts';

const database = 'onceover';
const owner = 'onceover_owner';

/** A running embedded server. The URLs hold passwords: do not log them. */
export interface EmbeddedPostgres {
  /** For the runner: may not change audit leaves. */
  url: string;
  /** For migrations: owns the database, a superuser of this server. */
  ownerUrl: string;
  apiUrl: string;
  auditorUrl: string;
  /** Whether a server that ran already was taken over. */
  adopted: boolean;
  /** Gives the server up and stops it, unless another living process uses it. Safe to call twice. At most about 5 s. */
  stop(): Promise<void>;
}

/** Where the embedded server keeps its things and whom it tells. */
export interface EmbeddedPostgresOptions {
  /** The folder for data (`postgres/`), password, log, lock and leases. Made when missing. */
  dataDir: string;
  log?: (message: string) => void;
  /** Ends the start early; a server that was started for it is stopped again. */
  signal?: AbortSignal;
  asRoot?: RootOptions;
}

/**
 * Starts the bundled PostgreSQL on a free port of 127.0.0.1, or takes over the one that an ended process left running
 * or that another process uses. One server per `dataDir`.
 *
 * @throws StoreError `embedded_*` that says what to do, `aborted`
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { signal, asRoot = {} } = options;
  const log = options.log ?? (() => {});
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = realpathSync(options.dataDir);
  const leases = join(dataDir, 'postgres.leases');
  const lock = { path: join(dataDir, 'postgres.lock'), log };

  const { server, password, adopted, lease } = await withStartLock({ ...lock, signal }, async () => {
    const password = loadPassword(join(dataDir, 'postgres.password'), locateData(dataDir));
    const { server, adopted } = await adoptOrStart({ dataDir, password, asRoot, log, signal });
    try {
      const ownerUrl = urlOf(server, owner, password, 'postgres');
      await connectEmbedded({
        ownerUrl,
        dataFolder: locateData(dataDir),
        passwordFile: join(dataDir, 'postgres.password'),
      });
      await ensureDatabase(ownerUrl, database);
      const logins = Object.values(loginNames()).map((name) => ({
        name,
        password: derivePassword(password, name),
      }));
      await ensureRoles({ ownerUrl, logins, ...(signal ? { signal } : {}) });
    } catch (error) {
      if (!adopted) await stopServer(locateData(dataDir));
      throw error;
    }
    return { server, password, adopted, lease: takeLease(leases) };
  });
  log(`PostgreSQL ${adopted ? 'was running already' : 'is ready'} on 127.0.0.1:${server.port}.`);

  const login = (name: string) => urlOf(server, name, derivePassword(password, name), database);
  const names = loginNames();
  let stopping: Promise<void> | undefined;
  return {
    url: login(names.runner),
    ownerUrl: urlOf(server, owner, password, database),
    apiUrl: login(names.api),
    auditorUrl: login(names.auditor),
    adopted,
    stop() {
      stopping ??= withStartLock(lock, async () => {
        rmSync(lease, { force: true });
        if (countLeases(leases) === 0) await stopServer(locateData(dataDir));
      });
      return stopping;
    },
  };
}

async function adoptOrStart(options: {
  dataDir: string;
  password: string;
  asRoot: RootOptions;
  log: (message: string) => void;
  signal: AbortSignal | undefined;
}): Promise<{ server: Postmaster; adopted: boolean }> {
  const { dataDir, log, signal } = options;
  const dataFolder = locateData(dataDir);
  if (findServer(dataFolder)) {
    const server = await waitUntilReady(dataFolder, { log, signal });
    if (server) return { server, adopted: true };
  }
  const binaries = findPostgresBinaries();
  const place = await prepareServerPlace({ ...options, binaries });
  await createClusterIfMissing(place, { owner, password: options.password, log, signal });
  log(`Starting PostgreSQL ${binaries.version.replace(/-.*/, '')} …`);
  return {
    server: await startServer(place, { logFile: join(dataDir, 'postgres.log'), log, signal }),
    adopted: false,
  };
}

function urlOf(server: Postmaster, user: string, password: string, name: string): string {
  return `postgres://${user}:${password}@127.0.0.1:${server.port}/${name}`;
}
