import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { derivePassword } from '../embedded/password-file.ts';
import { startEmbeddedPostgres } from '../embedded/start-embedded-postgres.ts';
import { ensureRoles, loginNames, type RoleName } from '../roles/ensure-roles.ts';

/** The four logins of one server or database. */
export interface DatabaseUrls {
  /** As the runner: may not change audit leaves. */
  url: string;
  /** As the owner: migrations, and looking at anything. */
  ownerUrl: string;
  apiUrl: string;
  auditorUrl: string;
}

/** A server that tests share, and how to give it up. */
export interface TestServer extends DatabaseUrls {
  /** Whether nobody else used it before this process came. */
  isFresh: boolean;
  release(): Promise<void>;
}

/** The same logins at another database of the server. */
export function atDatabase(urls: DatabaseUrls, database: string): DatabaseUrls {
  const move = (text: string) => {
    const url = new URL(text);
    url.pathname = `/${database}`;
    return url.href;
  };
  return {
    url: move(urls.url),
    ownerUrl: move(urls.ownerUrl),
    apiUrl: move(urls.apiUrl),
    auditorUrl: move(urls.auditorUrl),
  };
}

const memoryFolder = '/dev/shm';
/** The write-ahead log's limit, and as much again for the databases of two workers. */
const neededBytes = 3 * 1024 ** 3;
const tmpfsMagic = 0x01021994;

/** Making and dropping a database takes half as long in memory. No test's promise is about a machine that loses its power. */
function isMemoryLarge(): boolean {
  try {
    const { type, bavail, bsize } = statfsSync(memoryFolder);
    return type === tmpfsMagic && bavail * bsize >= neededBytes;
  } catch {
    return false; // not on this system
  }
}

/**
 * One embedded server for all test processes of this user and checkout: the first starts it, the last stops it. Not one
 * for all checkouts: its programs would vanish with the checkout that happened to start it.
 */
export async function startSharedServer(log: (message: string) => void): Promise<TestServer> {
  const uid = process.geteuid?.() ?? 0;
  const checkout = createHash('sha256')
    .update(import.meta.dirname)
    .digest('hex')
    .slice(0, 8);
  const inMemory = isMemoryLarge();
  const dataDir = join(inMemory ? memoryFolder : tmpdir(), `onceover-tests-${uid}-${checkout}`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const folder = lstatSync(dataDir);
  if (!folder.isDirectory() || folder.uid !== uid)
    throw new Error(`${dataDir} belongs to somebody else; remove it.`);
  const server = await startEmbeddedPostgres({ dataDir, log });
  const { url, ownerUrl, apiUrl, auditorUrl, adopted } = server;
  const release = async () => {
    await server.stop();
    // Memory is given back; on a disk the next run need not create the cluster again.
    const isUsed = existsSync(join(dataDir, 'postgres', 'postmaster.pid'));
    if (inMemory && !isUsed) rmSync(dataDir, { recursive: true, force: true });
  };
  return { url, ownerUrl, apiUrl, auditorUrl, isFresh: !adopted, release };
}

/** A server that somebody else runs, by its owner's URL. Its logins are made like the embedded one's. */
export async function useServer(ownerUrl: string): Promise<TestServer> {
  const secret = decodeURIComponent(new URL(ownerUrl).password);
  const names = loginNames();
  const logins = Object.values(names).map((name) => ({ name, password: derivePassword(secret, name) }));
  const missing = await ensureRoles({ ownerUrl, logins });
  if (missing.length > 0)
    throw new Error(`The login of the test server may not create roles:\n${missing.join('\n')}`);
  const urlOf = (role: RoleName) => {
    const url = new URL(ownerUrl);
    url.username = names[role];
    url.password = derivePassword(secret, names[role]);
    return url.href;
  };
  return {
    url: urlOf('runner'),
    ownerUrl,
    apiUrl: urlOf('api'),
    auditorUrl: urlOf('auditor'),
    isFresh: false,
    release: async () => {},
  };
}
