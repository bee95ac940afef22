import { realpathSync } from 'node:fs';
import pg from 'pg';
import { connectOnce } from '../connect-once.ts';
import { hasSqlState } from '../sql-state.ts';
import { StoreError } from '../store-error.ts';

const applicationName = 'onceover-embedded';

/** Proves that the server is the one of this data folder and that the stored password is its owner's. */
export async function connectEmbedded(options: {
  ownerUrl: string;
  dataFolder: string;
  passwordFile: string;
}): Promise<void> {
  const { ownerUrl, dataFolder, passwordFile } = options;
  let folder: string | undefined;
  try {
    folder = await connectOnce({ url: ownerUrl, applicationName }, async (client) => {
      const { rows } = await client.query<{ data_directory: string }>('show data_directory');
      return rows[0]?.data_directory;
    });
  } catch (cause) {
    if (StoreError.isInstance(cause) && hasSqlState(cause.cause, '28P01')) {
      throw new StoreError(
        'embedded_password',
        `The password in ${passwordFile} is not the one of the database in ${dataFolder}. Restore the file, or move the database away to start with an empty one.`,
        { cause },
      );
    }
    throw cause;
  }
  if (folder === undefined || realpathSync(folder) !== realpathSync(dataFolder)) {
    throw new StoreError(
      'embedded_start_failed',
      `Another PostgreSQL answers on the port that ${dataFolder}/postmaster.pid names. Remove that file and start again.`,
    );
  }
}

/** Creates the database where it is missing. */
export async function ensureDatabase(ownerUrl: string, name: string): Promise<void> {
  await connectOnce({ url: ownerUrl, applicationName }, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  });
}
