import { existsSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AcmeChanges, acmeFiles, packAcme } from '../../testing/acme-package.ts';
import { type NpmRegistry, startNpmRegistry } from '../../testing/npm-registry.ts';
import { type TemporaryFolder, writeFiles } from '../../testing/write-files.ts';
import { findConnectors } from '../find-connectors.ts';
import { readManifest } from '../read-manifest.ts';
import { addConnector } from './add-connector.ts';
import { readConnectorLock } from './connector-lock.ts';
import { removeConnector } from './remove-connector.ts';

let registry: NpmRegistry;
beforeAll(async () => {
  registry = await startNpmRegistry();
});
afterAll(() => registry[Symbol.asyncDispose]());

/** A config's folder and a data folder of its own. */
async function openPlace(files: Record<string, string> = {}) {
  const folder = await writeFiles(files);
  const place = (name = 'data') => ({
    dataDir: join(folder.path, name),
    configFolder: folder.path,
    npmVariables: registry.variables,
  });
  const add = (reference: string) => addConnector(reference, { ...place(), from: folder.path });
  const find = (name?: string) => findConnectors({ entries: ['acme'], ...place(name) });
  return { folder, add, find, place, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

async function publish(changes: AcmeChanges & { version: string }, lie?: string): Promise<void> {
  const tarball = await packAcme(changes);
  const packageJson = JSON.parse((await acmeFiles(changes))['package.json'] ?? '') as {
    name: string;
    version: string;
  };
  await registry.publish(tarball, packageJson, lie);
}

/** What of a place is there: the lock, and what lies in the data folder. */
async function contentOf({ path }: TemporaryFolder) {
  const data = join(path, 'data', 'connectors');
  return {
    isLocked: existsSync(join(path, 'onceover.lock')),
    installed: existsSync(data) ? await readdir(data) : [],
  };
}

test('add: a tarball is installed whole, pinned, and found by its id; nothing of it is imported', async () => {
  await using here = await openPlace();
  const tarball = await packAcme({ files: { 'dist/chunk.js': 'throw new Error("imported")' } });
  await cp(tarball, join(here.folder.path, 'vendor.tgz'));
  const { connector, locked, isKnown } = await here.add('./vendor.tgz');
  expect(isKnown).toBe(false);
  expect(connector).toMatchObject({
    id: 'acme',
    version: '1.0.0',
    source: 'installed',
    integrity: locked.files,
  });
  const lock = await readFile(join(here.folder.path, 'onceover.lock'), 'utf8');
  const sha512 = expect.stringMatching(/^sha512-[A-Za-z0-9+/]{86}==$/);
  expect(JSON.parse(lock)).toEqual({
    lockVersion: 1,
    connectors: [
      {
        id: 'acme',
        package: '@acme/onceover-connector',
        version: '1.0.0',
        integrity: sha512,
        files: sha512,
        from: 'vendor.tgz',
        packages: { 'node_modules/@acme/onceover-connector': { version: '1.0.0', integrity: sha512 } },
      },
    ],
  });
  expect(await readdir(join(here.place().dataDir, 'connectors', 'acme', '1.0.0'))).toEqual([
    'installed.json',
    'node_modules',
  ]);
  expect(await here.find()).toEqual([connector]);
  expect(await contentOf(here.folder)).toEqual({ isLocked: true, installed: ['acme'] });
  expect((await here.add('./vendor.tgz')).isKnown).toBe(true);
  expect(await readFile(join(here.folder.path, 'onceover.lock'), 'utf8')).toBe(lock);
});

test('add: from the registry, two versions at once; the newest is the last one, whatever was added last', async () => {
  await using here = await openPlace();
  await publish({ version: '2.0.0-rc.1' });
  const egress = ['https://api.acme.example', 'https://files.acme.example'];
  await publish({ version: '2.0.0', egress });
  await here.add('@acme/onceover-connector@2.0.0');
  await here.add('@acme/onceover-connector@2.0.0-rc.1');
  expect((await here.find()).map(({ version }) => version)).toEqual(['2.0.0-rc.1', '2.0.0']);
  const manifestOf = (reference: string) => readManifest(reference, here.folder.path, here.place);
  expect((await manifestOf('acme@2.0.0')).egress).toEqual([
    'https://api.acme.example',
    'https://files.acme.example',
  ]);
  expect((await manifestOf('acme@2.0.0-rc.1')).egress).toEqual(['https://api.acme.example']);
  await expect(manifestOf('acme@3.0.0')).rejects.toThrow(
    /names no connector acme@3\.0\.0\. It names: acme@2\.0\.0-rc\.1/,
  );
});

test('add: a second runner installs what the lock names, to the byte, and asks nobody when it has it', async () => {
  await using here = await openPlace();
  await publish({ version: '2.1.0' });
  const { connector } = await here.add('@acme/onceover-connector@2.1.0');
  const [other] = await here.find('other-data');
  expect(other?.folder).toMatch(/other-data/);
  expect(other?.integrity).toBe(connector.integrity);
  registry.requests.length = 0;
  await here.find('other-data');
  expect(registry.requests).toEqual([]);
});

test('add: runners that share a data folder and start at once install it once', async () => {
  await using here = await openPlace();
  await publish({ version: '2.2.0' });
  await here.add('@acme/onceover-connector@2.2.0');
  const found = await Promise.all([here.find('shared'), here.find('shared'), here.find('shared')]);
  expect(new Set(found.flat().map(({ integrity }) => integrity)).size).toBe(1);
  expect(await readdir(join(here.folder.path, 'shared', 'connectors'))).toEqual(['acme']);
});

test('add: an install script does not run', async () => {
  await using here = await openPlace();
  const ran = join(here.folder.path, 'ran');
  const script = `node -e "require('fs').writeFileSync('${ran}', '')"`;
  const scripts = { preinstall: script, install: script, postinstall: script, prepare: script };
  await publish({ version: '3.0.0', package: { scripts } });
  await here.add('@acme/onceover-connector@3.0.0');
  await here.find('other-data');
  expect(existsSync(ran)).toBe(false);
});

test.each(['@acme/onceover-connector', 'acme@latest', 'acme@^1.0.0', 'acme@1.x', 'acme@v1.0.0', 'acme@1.0'])(
  'add: %s is no exact version and is refused before anything is asked',
  async (reference) => {
    await using here = await openPlace();
    registry.requests.length = 0;
    await expect(here.add(reference)).rejects.toMatchObject({
      code: 'package_not_exact',
      message: expect.stringMatching(/exact version.*npm view .* versions/),
    });
    expect(registry.requests).toEqual([]);
  },
);

test.each([
  'https://acme.example/a.tgz',
  'git+ssh://acme.example/a.git',
  './folder',
  'acme@npm:other@1.0.0',
  'A b@1.0.0',
])('add: %s is refused', async (reference) => {
  await using here = await openPlace();
  await expect(here.add(reference)).rejects.toMatchObject({ code: expect.stringMatching(/^package_/) });
  expect(await contentOf(here.folder)).toEqual({ isLocked: false, installed: [] });
});

test('add: a version that is not there, and a registry that is not there, are told apart', async () => {
  await using here = await openPlace();
  await expect(here.add('@acme/onceover-connector@9.9.9')).rejects.toMatchObject({ code: 'package_unknown' });
  await expect(here.add('nothing-of-the-kind@1.0.0')).rejects.toMatchObject({ code: 'package_unknown' });
  await expect(here.add('./nothing.tgz')).rejects.toMatchObject({ code: 'package_unknown' });
  const npmVariables = { ...registry.variables, npm_config_registry: 'http://127.0.0.1:9/' };
  const elsewhere = addConnector('acme@1.0.0', { ...here.place(), npmVariables, from: here.folder.path });
  await expect(elsewhere).rejects.toMatchObject({ code: 'registry_unreachable' });
  const withoutNpm = addConnector('acme@1.0.0', {
    ...here.place(),
    npmVariables: { PATH: here.folder.path },
    from: here.folder.path,
  });
  await expect(withoutNpm).rejects.toMatchObject({ code: 'npm_missing' });
  expect(await contentOf(here.folder)).toEqual({ isLocked: false, installed: [] });
});

test('add: a tarball that is not the one which the registry promises is refused', async () => {
  await using here = await openPlace();
  await publish({ version: '4.0.0' }, `sha512-${'A'.repeat(86)}==`);
  await expect(here.add('@acme/onceover-connector@4.0.0')).rejects.toMatchObject({
    code: 'npm_refused',
    message: expect.stringMatching(/not the one that was promised. Nothing was installed/),
  });
  expect(await contentOf(here.folder)).toEqual({ isLocked: false, installed: [] });
});

test.each([
  ['a package that names no connector', { package: { onceover: undefined } }, /"onceover": \{ "connector"/],
  [
    'one that was not built',
    { files: { 'dist/manifest.json': undefined } },
    /dist\/manifest\.json cannot be read/,
  ],
  ['one whose manifest is not valid', { files: { 'dist/manifest.json': '{}' } }, /\/specVersion/],
])('add: %s is refused, and nothing of it stays', async (_, changes, message) => {
  await using here = await openPlace();
  const tarball = await packAcme(changes);
  await expect(here.add(tarball)).rejects.toMatchObject({
    code: 'not_a_connector',
    message: expect.stringMatching(message),
  });
  expect(await contentOf(here.folder)).toEqual({ isLocked: false, installed: [] });
});

test('add: a dependency that no registry vouches for with SHA-512 is refused', async () => {
  await using here = await openPlace();
  const old = await packAcme({ package: { name: 'old-library', onceover: undefined } });
  await registry.publish(old, { name: 'old-library', version: '1.0.0' }, 'sha1');
  const tarball = await packAcme({ package: { dependencies: { 'old-library': '1.0.0' } } });
  await expect(here.add(tarball)).rejects.toMatchObject({
    code: 'package_unpinned',
    message: expect.stringMatching(/brings old-library without a SHA-512/),
  });
  expect(await contentOf(here.folder)).toEqual({ isLocked: false, installed: [] });
});

test('add: other content under a version that is pinned is refused', async () => {
  await using here = await openPlace();
  await here.add(await packAcme());
  const other = await packAcme({ files: { 'dist/chunk.js': '// more' } });
  await expect(here.add(other)).rejects.toMatchObject({
    code: 'connector_locked',
    message: expect.stringMatching(/acme 1\.0\.0 with another integrity.*connectors remove acme@1\.0\.0/),
  });
});

test.each([
  ['changed', 'has changed', (file: string) => writeFile(file, 'export const connector = 1;')],
  ['added', 'was added', (file: string) => writeFile(`${file}.more.js`, '')],
])('load: a file that was %s after the installation is named, and refused', async (_, change, tamper) => {
  await using here = await openPlace();
  const { connector } = await here.add(await packAcme());
  await tamper(connector.entry);
  await expect(here.find()).rejects.toMatchObject({
    code: 'connector_changed',
    message: expect.stringMatching(
      new RegExp(
        `onceover-connector/dist/index\\.js\\S* ${change} since acme 1\\.0\\.0.*Remove .*acme/1\\.0\\.0; the next start`,
      ),
    ),
  });
});

test('load: a dependency that was changed is found, too; once removed, it is installed as the lock says', async () => {
  await using here = await openPlace();
  const library = await packAcme({ package: { name: 'library', onceover: undefined }, version: '1.0.0' });
  await registry.publish(library, { name: 'library', version: '1.0.0' });
  const { connector } = await here.add(await packAcme({ package: { dependencies: { library: '^1.0.0' } } }));
  await registry.publish(library, { name: 'library', version: '1.0.1' });
  const installed = join(here.place().dataDir, 'connectors', 'acme', '1.0.0', 'node_modules');
  await writeFile(join(installed, 'library', 'dist', 'index.js'), '');
  await expect(here.find()).rejects.toThrow(/node_modules\/library\/dist\/index\.js has changed/);
  const [again] = await here.find('other-data');
  expect(again?.integrity).toBe(connector.integrity);
});

test('load: a lock that was changed is refused with what differs', async () => {
  await using here = await openPlace();
  await here.add(await packAcme());
  const file = join(here.folder.path, 'onceover.lock');
  const lock = await readFile(file, 'utf8');
  const [locked] = await readConnectorLock(here.folder.path);
  const other = `sha512-${'A'.repeat(86)}==`;
  await writeFile(file, lock.replaceAll(locked?.files ?? '', other));
  await expect(here.find()).rejects.toMatchObject({
    code: 'lock_mismatch',
    message: expect.stringMatching(/files differ/),
  });
  await expect(here.find('other-data')).rejects.toMatchObject({ code: 'connector_changed' });
  await writeFile(file, lock.replaceAll(locked?.integrity ?? '', other));
  await expect(here.find()).rejects.toMatchObject({
    code: 'lock_mismatch',
    message: expect.stringMatching(/integrity differs/),
  });
  await expect(here.find('other-data')).rejects.toMatchObject({ code: 'npm_refused' });
  await writeFile(file, lock.replace('"id": "acme"', '"id": "other"'));
  const asOther = findConnectors({ entries: ['other'], ...here.place() });
  await expect(asOther).rejects.toMatchObject({ code: 'lock_mismatch' });
  await writeFile(file, lock.replaceAll('node_modules/@acme', '../../@acme'));
  await expect(here.find()).rejects.toMatchObject({ code: 'lock_invalid' });
  await writeFile(file, lock.slice(1));
  await expect(here.find()).rejects.toThrow(/onceover\.lock is not valid.*version control/);
});

test('remove: a version, or all, leave the lock and the data folder; what is not there is said', async () => {
  await using here = await openPlace();
  await here.add(await packAcme());
  await here.add(await packAcme({ version: '1.1.0' }));
  await here.add(await packAcme({ version: '1.10.0' }));
  const remove = (reference: string) => removeConnector(reference, here.place());
  expect(await remove('acme@1.1.0')).toMatchObject([{ version: '1.1.0' }]);
  expect((await here.find()).map(({ version }) => version)).toEqual(['1.0.0', '1.10.0']);
  await expect(remove('acme@1.1.0')).rejects.toMatchObject({
    code: 'connector_not_installed',
    message: expect.stringMatching(/It names: acme@1\.0\.0, acme@1\.10\.0\.$/),
  });
  expect(await remove('acme')).toHaveLength(2);
  expect(await readdir(join(here.place().dataDir, 'connectors', 'acme'))).toEqual([]);
  await expect(here.find()).rejects.toThrow(/no connector "acme".*onceover connectors add/);
});
