import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packAcme } from '../../testing/acme-package.ts';
import type { KilledAdd } from '../../testing/killed-add.fixture.ts';
import { type NpmRegistry, startNpmRegistry } from '../../testing/npm-registry.ts';
import { writeFiles } from '../../testing/write-files.ts';
import { findConnectors } from '../find-connectors.ts';
import { addConnector } from './add-connector.ts';
import { readConnectorLock } from './connector-lock.ts';

const fixture = join(import.meta.dirname, '..', '..', 'testing', 'killed-add.fixture.ts');

let registry: NpmRegistry;
let tarball: string;
beforeAll(async () => {
  registry = await startNpmRegistry();
  tarball = await packAcme();
});
afterAll(() => registry[Symbol.asyncDispose]());

async function addAndDie(settings: KilledAdd): Promise<NodeJS.Signals | null> {
  const args = ['--conditions=@onceover/source', fixture, JSON.stringify(settings)];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  await once(child, 'exit');
  return child.signalCode;
}

interface AfterKill {
  signal: NodeJS.Signals | null;
  isLocked: boolean;
  isInstalled: boolean;
  /** Versions that a runner finds afterwards, and after the same command was given again. */
  found: number;
  afterwards: number;
}

async function killAt(killBefore: number): Promise<AfterKill> {
  await using folder = await writeFiles({});
  const place = {
    dataDir: join(folder.path, 'data'),
    configFolder: folder.path,
    npmVariables: registry.variables,
  };
  const find = () => findConnectors({ entries: ['acme'], ...place }).then(({ length }) => length);
  const signal = await addAndDie({ tarball, place, killBefore });
  const isLocked = (await readConnectorLock(folder.path)).length > 0;
  const isInstalled = existsSync(join(place.dataDir, 'connectors', 'acme', '1.0.0'));
  const found = isLocked ? await find() : 0;
  await addConnector(tarball, { ...place, from: folder.path });
  return { signal, isLocked, isInstalled, found, afterwards: await find() };
}

test('add: killed before any change on disk, it leaves the old state or the new one, and can be given again', async () => {
  const results: AfterKill[] = [];
  for (let killBefore = 1; results.at(-1)?.signal !== null; killBefore += 1)
    results.push(await killAt(killBefore));
  const killed = results.filter(({ signal }) => signal === 'SIGKILL');
  expect(killed.length).toBeGreaterThanOrEqual(8);
  expect(killed.filter(({ isLocked, isInstalled }) => isLocked && !isInstalled)).toEqual([]);
  expect(killed.some(({ isLocked, isInstalled }) => !isLocked && isInstalled)).toBe(true);
  expect(results.map(({ isLocked, found }) => found === Number(isLocked))).not.toContain(false);
  expect(results.map(({ afterwards }) => afterwards)).toEqual(results.map(() => 1));
  expect(results.at(-1)).toMatchObject({ signal: null, isLocked: true, found: 1 });
}, 120_000);

test('add: what a killed command left is taken away by a later one', async () => {
  await using folder = await writeFiles({});
  const place = {
    dataDir: join(folder.path, 'data'),
    configFolder: folder.path,
    npmVariables: registry.variables,
  };
  const all = join(place.dataDir, 'connectors');
  await mkdir(join(all, '.begun-old', 'node_modules'), { recursive: true });
  await mkdir(join(all, '.begun-new'));
  const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
  await utimes(join(all, '.begun-old'), longAgo, longAgo);
  await addConnector(tarball, { ...place, from: folder.path });
  expect(await readdir(all)).toEqual(['.begun-new', 'acme']);
});
