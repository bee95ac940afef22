import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { throwIfAborted } from '../abort.ts';
import { StoreError } from '../store-error.ts';
import { runProgram } from './run-program.ts';
import { commandAs } from './server-account.ts';
import type { ServerPlace } from './server-place.ts';
import { includeServerSettings } from './server-settings.ts';

/** The major version of PostgreSQL that is bundled; data of another one is refused. */
const majorVersion = '18';

/**
 * Creates the database cluster where there is none. It is made beside its place and moved there when complete, so
 * that a start which was killed half-way leaves nothing that looks like data.
 */
export async function createClusterIfMissing(
  place: ServerPlace,
  options: {
    owner: string;
    password: string;
    log: (message: string) => void;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { dataFolder, account } = place;
  if (existsSync(join(dataFolder, 'PG_VERSION'))) return refuseOtherVersion(dataFolder);
  refuseOtherContent(dataFolder);
  options.log('Creating the database (about a second) …');
  removeDrafts(dataFolder);
  // Another name each time: the initdb of a start that was killed may still be at work in its own, or be clearing it up.
  const draft = `${dataFolder}.creating-${randomBytes(4).toString('hex')}`;
  const passwordFile = `${draft}-password`;
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (account.kind === 'os-user') {
    chownSync(draft, account.uid, account.gid);
    chownSync(passwordFile, account.uid, account.gid);
  }
  try {
    const result = await runProgram(
      commandAs(account, join(place.binaries.root, 'bin', 'initdb'), [
        `--pgdata=${draft}`,
        `--username=${options.owner}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--no-instructions',
      ]),
      options.signal,
    );
    throwIfAborted(options.signal);
    if (result.code !== 0) {
      throw new StoreError(
        'embedded_start_failed',
        `PostgreSQL's initdb could not create the database in ${dataFolder}:\n${result.output.trim()}`,
      );
    }
    includeServerSettings(draft);
    renameSync(draft, dataFolder);
  } finally {
    removeDrafts(dataFolder);
  }
}

function refuseOtherContent(dataFolder: string): void {
  if (!existsSync(dataFolder) || readdirSync(dataFolder).length === 0) return;
  throw new StoreError(
    'embedded_data_foreign',
    `${dataFolder} holds files, but no database. Move them away, or choose another data folder.`,
  );
}

function refuseOtherVersion(dataFolder: string): void {
  const version = readFileSync(join(dataFolder, 'PG_VERSION'), 'utf8').trim();
  if (version === majorVersion) return;
  throw new StoreError(
    'embedded_data_version',
    `The database in ${dataFolder} was made by PostgreSQL ${version}, this version brings PostgreSQL ${majorVersion}. ` +
      `Export it with PostgreSQL ${version}'s pg_dump, move the folder away and import the dump.`,
  );
}

function removeDrafts(dataFolder: string): void {
  const folder = dirname(dataFolder);
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${basename(dataFolder)}.creating`))
      rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}
