import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changedFile, hashFiles, integrityOf } from './hash-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onceover-hash-'));
  await mkdir(join(folder, 'lib'));
  await writeFile(join(folder, 'lib', 'b.js'), 'b');
  for (let index = 0; index < 50; index += 1) await writeFile(join(folder, `${index}.js`), String(index));
});
afterAll(() => rm(folder, { recursive: true }));

test('the same files have the same integrity, in either form', async () => {
  const built = await hashFiles(folder);
  expect(Object.keys(built.hashes)).toHaveLength(51);
  expect(integrityOf(built)).toMatch(/^[0-9a-f]{64}$/);
  expect(integrityOf(await hashFiles(folder))).toBe(integrityOf(built));
  const reordered = Object.fromEntries(Object.entries(built.hashes).toReversed());
  expect(integrityOf({ ...built, hashes: reordered })).toBe(integrityOf(built));
  expect(integrityOf(await hashFiles(folder, 'sha512'))).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
});

test('what changed, came or went is named', async () => {
  const { hashes } = await hashFiles(folder);
  expect(changedFile(hashes, hashes)).toBeUndefined();
  expect(changedFile(hashes, { ...hashes, 'lib/b.js': 'x' })).toEqual({
    name: 'lib/b.js',
    change: 'has changed',
  });
  expect(changedFile(hashes, { ...hashes, 'lib/a.js': 'x' })).toEqual({
    name: 'lib/a.js',
    change: 'was added',
  });
  expect(changedFile({ ...hashes, z: 'x' }, hashes)).toEqual({ name: 'z', change: 'is missing' });
});

test('a link is no file: what it leads to could change unseen', async () => {
  await symlink('/etc/hosts', join(folder, 'hosts'));
  await expect(hashFiles(folder)).rejects.toMatchObject({ code: 'connector_invalid' });
  await rm(join(folder, 'hosts'));
});
