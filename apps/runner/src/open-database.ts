import { migrate, startEmbeddedPostgres } from '@onceover/store';
import type { Logger } from 'pino';
import type { Environment } from './environment.ts';

export interface OpenedDatabase {
  /** The runner's login. Holds a password. */
  url: string;
  /** Stops a server that was started for it; leaves any other alone. */
  close(): Promise<void>;
}

/** The configured database, or the embedded one; in development its schema is brought to this version. */
export async function openDatabase(options: {
  environment: Environment;
  log: Logger;
  signal: AbortSignal;
}): Promise<OpenedDatabase> {
  const { environment, signal } = options;
  const { databaseUrl, databaseOwnerUrl, dataDir, mode } = environment;
  const log = (message: string) => options.log.info(message);
  if (databaseUrl !== undefined) {
    // Without an owner's URL one login does everything; /readyz says so.
    if (mode === 'development') await migrate({ ownerUrl: databaseOwnerUrl ?? databaseUrl, log, signal });
    return { url: databaseUrl, close: async () => {} };
  }
  const embedded = await startEmbeddedPostgres({ dataDir, log, signal });
  try {
    await migrate({ ownerUrl: embedded.ownerUrl, log, signal });
  } catch (error) {
    await embedded.stop();
    throw error;
  }
  return { url: embedded.url, close: () => embedded.stop() };
}
