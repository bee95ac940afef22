import { cpSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDataDir } from './embedded-test-kit.fixture.ts';
import { completeLibraryLinks, findPostgresBinaries } from './postgres-binaries.ts';
import { runProgram } from './run-program.ts';

it('completes the library links that an installation without build scripts lacks', async () => {
  await using place = temporaryDataDir();
  const packageFolder = join(place.dataDir, 'package');
  cpSync(dirname(findPostgresBinaries().root), packageFolder, { recursive: true, verbatimSymlinks: true });
  const lib = join(packageFolder, 'native', 'lib');
  const links = readdirSync(lib).filter((name) => lstatSync(join(lib, name)).isSymbolicLink());
  for (const name of links) rmSync(join(lib, name));
  const initdb = { file: join(packageFolder, 'native', 'bin', 'initdb'), args: ['--version'] };
  expect((await runProgram(initdb)).code).toBe(127);

  completeLibraryLinks(packageFolder);
  completeLibraryLinks(packageFolder);
  expect(await runProgram(initdb)).toEqual({
    code: 0,
    output: expect.stringMatching(/^initdb \(PostgreSQL\) 18/),
  });
  expect(links.every((name) => lstatSync(join(lib, name)).isSymbolicLink())).toBe(true);
});
