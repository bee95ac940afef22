import { chownSync, readFileSync, appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerAccount } from './server-account.ts';

const fileName = 'onceover.conf';

/** Durable, local, and sized for a laptop that does other work too. */
const settings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  password_encryption: 'scram-sha-256',
  shared_buffers: '160MB',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  wal_level: 'replica',
  max_wal_size: '1GB',
  min_wal_size: '128MB',
  checkpoint_timeout: '10min',
  checkpoint_completion_target: '0.9',
  // Lanes and runs change all the time: look for dead rows often, a little at a time.
  autovacuum_naptime: '10s',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %a ',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
};

/** Writes the settings for this start. They lie in a file of their own, so that a later version's settings reach existing data. */
export function writeServerSettings(dataFolder: string, port: number, account: ServerAccount): void {
  const all = { ...settings, port: String(port) };
  const text = Object.entries(all)
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join('');
  const path = join(dataFolder, fileName);
  writeFileSync(path, text, { mode: 0o600 });
  if (account.kind === 'os-user') chownSync(path, account.uid, account.gid);
}

/** Makes PostgreSQL read that file; once, when the data is created. */
export function includeServerSettings(dataFolder: string): void {
  const path = join(dataFolder, 'postgresql.conf');
  if (!readFileSync(path, 'utf8').includes(fileName)) appendFileSync(path, `\ninclude '${fileName}'\n`);
}
