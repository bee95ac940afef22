import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestOf } from '@onceover/contract';
import { expect, test } from 'vitest';
import { writeConnectorFolder } from '../testing/connector-folder.fixture.ts';
import { connector } from '../testing/example-connector.fixture.ts';
import { loadConnectorFolder } from './load-connector-folder.ts';

test('a built connector is read without being imported', async () => {
  await using built = await writeConnectorFolder({ code: 'throw new Error("imported");' });
  expect(await loadConnectorFolder(built.folder)).toEqual({
    id: 'example',
    version: '1.2.3',
    packageName: '@onceover/connector-example',
    manifest: connector.manifest,
    folder: built.folder,
    entry: join(built.folder, 'dist', 'index.js'),
    integrity: expect.stringMatching(/^[0-9a-f]{64}$/),
    files: {
      folder: join(built.folder, 'dist'),
      algorithm: 'sha256',
      hashes: {
        'index.js': expect.stringMatching(/^[0-9a-f]{64}$/),
        'manifest.json': expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    },
    source: 'folder',
  });
});

test('the integrity changes with any built file, and with a name', async () => {
  await using built = await writeConnectorFolder();
  const { integrity } = await loadConnectorFolder(built.folder);
  expect((await loadConnectorFolder(built.folder)).integrity).toBe(integrity);
  await writeFile(join(built.folder, 'dist', 'chunk.js'), '');
  const added = (await loadConnectorFolder(built.folder)).integrity;
  await writeFile(join(built.folder, 'dist', 'chunk.js'), '//');
  const changed = (await loadConnectorFolder(built.folder)).integrity;
  expect(new Set([integrity, added, changed]).size).toBe(3);
});

test.each(['dist/manifest.json', 'dist/index.js'])(
  'without %s the error says how to build it',
  async (file) => {
    await using built = await writeConnectorFolder();
    await rm(join(built.folder, file));
    await expect(loadConnectorFolder(built.folder)).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(new RegExp(`${join(built.folder, file)}.*pnpm bundle`)),
    });
  },
);

test('a folder that is none is named', async () => {
  await expect(loadConnectorFolder('/nowhere/at/all')).rejects.toThrow(
    /\/nowhere\/at\/all\/package\.json cannot be read/,
  );
});

test('a package that is no connector says what is missing', async () => {
  await using built = await writeConnectorFolder({ package: { name: 'x', version: '1.0.0' } });
  await expect(loadConnectorFolder(built.folder)).rejects.toThrow(
    /"onceover": \{ "connector": "<id>" \}\.\n\/onceover/,
  );
});

test('a manifest that is not valid gives every problem with its pointer', async () => {
  const manifest = manifestOf(connector);
  const broken = { ...manifest, id: 'Bad Id', auth: { ...manifest.auth, pkce: 'sometimes' }, extra: 1 };
  await using built = await writeConnectorFolder({ manifest: broken });
  const error = await loadConnectorFolder(built.folder).catch((caught: unknown) => caught as Error);
  expect(error).toMatchObject({ code: 'connector_invalid', path: '/id' });
  expect((error as Error).message).toMatch(/\/id: /);
  expect((error as Error).message).toMatch(/\/auth\/pkce: /);
  expect((error as Error).message).toMatch(/extra/);
});

test('a pattern that is no regular expression is refused', async () => {
  const manifest = { ...manifestOf(connector), variables: { region: { pattern: '[', description: 'x' } } };
  await using built = await writeConnectorFolder({ manifest });
  await expect(loadConnectorFolder(built.folder)).rejects.toMatchObject({
    path: '/variables/region/pattern',
  });
});

test('a manifest of another connector is refused', async () => {
  await using built = await writeConnectorFolder({ manifest: { ...manifestOf(connector), id: 'other' } });
  await expect(loadConnectorFolder(built.folder)).rejects.toMatchObject({
    code: 'connector_id',
    path: '/id',
  });
});

test('a symbolic link among the built files is refused', async () => {
  await using built = await writeConnectorFolder();
  await symlink('/etc/hosts', join(built.folder, 'dist', 'data.txt'));
  await expect(loadConnectorFolder(built.folder)).rejects.toThrow(/data\.txt is a symbolic link/);
});
