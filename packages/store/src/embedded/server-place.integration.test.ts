import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../store-error.ts';
import {
  ask,
  rejection,
  serverProcesses,
  startInChild,
  stillRunning,
  temporaryDataDir,
} from './embedded-test-kit.fixture.ts';
import { startEmbeddedPostgres } from './start-embedded-postgres.ts';

const isRoot = process.geteuid?.() === 0;
/** Root seen from inside a user namespace is an ordinary user who owns root's files: in a closed clone, too. */
const asOrdinaryUser = isRoot ? ['unshare', '--user', '--map-user=1', '--map-group=1', '--'] : [];
/** The user number of a process, as the system sees it from outside of its namespaces. */
function uidOf(pid: number): number {
  return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

it('an ordinary user starts the server as itself', async () => {
  await using place = temporaryDataDir();
  const child = await startInChild(place.dataDir, asOrdinaryUser);
  expect(child.uid).not.toBe(0);
  expect(await ask(child.ownerUrl, 'select 1 as one')).toEqual({ one: 1 });
  const processes = serverProcesses(place.dataDir);
  await child.stop();
  expect(stillRunning(processes)).toEqual([]);
});

it('says whose data it is when it belongs to somebody else', async () => {
  await using place = temporaryDataDir();
  const { dataDir } = place;
  const folder = join(dataDir, 'postgres');
  if (isRoot) {
    mkdirSync(folder);
    chownSync(folder, 12_345, 12_345);
  } else {
    symlinkSync('/etc', folder);
  }
  const error = await rejection(startInChild(dataDir, asOrdinaryUser));
  expect(String(error)).toContain('belongs to user number');
  expect(readdirSync(dataDir)).not.toContain('postgres.lock');
});

/** What only root meets is tested where root tests. */
describe.each(isRoot ? ['root'] : [])('as %s', () => {
  it('root adopts and stops, across user namespaces, a server that a killed process left', async () => {
    await using place = temporaryDataDir();
    const { dataDir } = place;
    chmodSync(dataDir, 0o700);
    const killed = await startInChild(dataDir);
    await killed.kill();
    const adopter = await startEmbeddedPostgres({ dataDir });
    expect(adopter.adopted).toBe(true);
    const processes = serverProcesses(dataDir);
    await adopter.stop();
    expect(stillRunning(processes)).toEqual([]);
    expect(statSync(join(dataDir, 'postgres')).uid).toBe(0);
  });

  it('without user namespaces root serves as a system user, in place where that user can pass', async () => {
    await using place = temporaryDataDir();
    const { dataDir } = place;
    await using shared = temporaryDataDir();
    chmodSync(shared.dataDir, 0o755);
    const asRoot = {
      allowUserNamespace: false,
      systemUser: 'nobody',
      sharedFolder: join(shared.dataDir, 'shared'),
    };
    const server = await startEmbeddedPostgres({ dataDir, asRoot });
    const [postmaster] = serverProcesses(dataDir);
    expect(uidOf(postmaster as number)).toBe(statSync(join(dataDir, 'postgres')).uid);
    expect(statSync(join(dataDir, 'postgres')).uid).not.toBe(0);
    expect(lstatSync(join(dataDir, 'postgres')).isSymbolicLink()).toBe(false);
    expect(statSync(join(dataDir, 'postgres.password')).mode & 0o777).toBe(0o600);
    await server.stop();

    // The data's owner serves it from now on, whatever the system offers.
    const again = await startEmbeddedPostgres({ dataDir, asRoot: { sharedFolder: asRoot.sharedFolder } });
    expect(uidOf(serverProcesses(dataDir)[0] as number)).toBe(statSync(join(dataDir, 'postgres')).uid);
    await again.stop();
  });

  it('data in a folder that is closed to the system user moves where it can be reached, content and all', async () => {
    await using closed = temporaryDataDir();
    await using shared = temporaryDataDir();
    chmodSync(closed.dataDir, 0o700);
    chmodSync(shared.dataDir, 0o755);
    const dataDir = join(closed.dataDir, 'data');
    const asRoot = {
      allowUserNamespace: false,
      systemUser: 'nobody',
      sharedFolder: join(shared.dataDir, 'shared'),
    };
    const before = await startEmbeddedPostgres({ dataDir });
    await ask(before.ownerUrl, 'create table kept as select 42 as answer');
    await before.stop();

    const moved = await startEmbeddedPostgres({ dataDir, asRoot });
    expect(await ask(moved.ownerUrl, 'select answer from kept')).toEqual({ answer: 42 });
    expect(lstatSync(join(dataDir, 'postgres')).isSymbolicLink()).toBe(true);
    expect(existsSync(join(dataDir, 'postgres.moved'))).toBe(false);
    await moved.stop();

    const back = await startEmbeddedPostgres({ dataDir });
    expect(await ask(back.ownerUrl, 'select answer from kept')).toEqual({ answer: 42 });
    await back.stop();

    rmSync(join(shared.dataDir, 'shared'), { recursive: true });
    const error = await rejection(startEmbeddedPostgres({ dataDir }));
    expect(StoreError.isInstance(error) && error.code).toBe('embedded_start_failed');
    expect(String(error)).toMatch(/is gone.*Restore that folder, or remove/);
  });
});
