import { readFileSync } from 'node:fs';
import { StoreError } from '../store-error.ts';
import { runProgram } from './run-program.ts';

/**
 * As whom the server runs. PostgreSQL refuses to run as root, so root needs another way:
 * a user namespace in which root's files belong to an ordinary number, or a system user of its own.
 */
export type ServerAccount = { kind: 'self' } | { kind: 'user-namespace'; uid: number; gid: number } | OsUser;

/** A user of this system, by number. */
export interface OsUser {
  kind: 'os-user';
  uid: number;
  gid: number;
}

/** A program with its arguments as the account runs it. */
export interface ServerCommand {
  file: string;
  args: string[];
  uid?: number;
  gid?: number;
}

/** How to run `file` as the account. */
export function commandAs(account: ServerAccount, file: string, args: string[]): ServerCommand {
  switch (account.kind) {
    case 'self':
      return { file, args };
    case 'user-namespace':
      return {
        file: 'unshare',
        args: ['--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`, '--', file, ...args],
      };
    case 'os-user':
      return { file, args, uid: account.uid, gid: account.gid };
  }
}

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
}

function passwdEntries(): PasswdEntry[] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .filter((fields) => fields.length >= 4)
      .map((fields) => ({ name: fields[0] ?? '', uid: Number(fields[2]), gid: Number(fields[3]) }));
  } catch {
    return [];
  }
}

/** A user namespace for root, when this system allows one in which the folder and the programs are usable. */
export async function findUserNamespace(
  folder: string,
  postgres: string,
): Promise<ServerAccount | undefined> {
  const entries = passwdEntries().filter((entry) => entry.uid > 0);
  // initdb looks its own number up in /etc/passwd, so map to one that is listed there.
  const entry = entries.find(({ name }) => name === 'postgres' || name === 'nobody') ?? entries[0];
  if (!entry) return undefined;
  const account: ServerAccount = { kind: 'user-namespace', uid: entry.uid, gid: entry.gid };
  const probe = 'test -w "$1" && test -x "$1" && "$2" --version';
  const result = await runProgram(commandAs(account, '/bin/sh', ['-c', probe, 'sh', folder, postgres]));
  return result.code === 0 ? account : undefined;
}

const ownUserName = 'onceover-postgres';

/** The system user for root: the one asked for, or `postgres` where the system has one, or one of our own, made on demand. */
export async function findOrCreateOsUser(
  wanted: string | undefined,
  log: (message: string) => void,
): Promise<OsUser> {
  const names = wanted === undefined ? [ownUserName, 'postgres'] : [wanted];
  const find = () => passwdEntries().find(({ name, uid }) => names.includes(name) && uid > 0);
  let entry = find();
  let failure = '';
  if (!entry && wanted === undefined) {
    log(`PostgreSQL does not run as root: adding the system user ${ownUserName} for it.`);
    const args = [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      ownUserName,
    ];
    failure = (await runProgram({ file: 'useradd', args })).output.trim();
    entry = find();
  }
  if (!entry) {
    throw new StoreError(
      'embedded_start_failed',
      `PostgreSQL does not run as root, this system allows no user namespaces, and there is no system user ${names.join(' or ')} for it. ${failure} ` +
        'Run as an ordinary user, add a system user named postgres, or give the URL of a PostgreSQL server.',
    );
  }
  return { kind: 'os-user', uid: entry.uid, gid: entry.gid };
}
