import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';

/** Tarballs of packages, as `npm pack` makes them of what is ready to be published; without a process of npm for each. */

let ownFolder: string | undefined;

/** This process's tarballs: they go when it ends. */
function tarballFolder(): string {
  if (ownFolder === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'onceover-packed-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    ownFolder = folder;
  }
  return ownFolder;
}

/** @returns the tarball's path; the same for the same files */
export async function packFiles(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const entries = Object.entries(files).map(([name, content]) => {
    const body = Buffer.from(content);
    return { header: { name: `package/${name}`, size: body.length, mode: 0o644, mtime: new Date(0) }, body };
  });
  const tarball = gzipSync(await packTar(entries), { level: 1 });
  const name = createHash('sha256').update(tarball).digest('hex').slice(0, 16);
  const file = join(tarballFolder(), `${name}.tgz`);
  await writeFile(file, tarball);
  return file;
}

/** All of a folder but what was installed in it. */
export async function packFolder(folder: string): Promise<string> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .filter((name) => !name.split('/').includes('node_modules'))
    .sort();
  const files = names.map(async (name) => [name, await readFile(join(folder, name))] as const);
  return packFiles(Object.fromEntries(await Promise.all(files)));
}
