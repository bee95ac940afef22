import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import type { HostProgram } from '../hosts/host-command.ts';
import { type ConnectorFolder, writeConnectorFolder } from './connector-folder.fixture.ts';

/** Code for isolated hosts: one file with all that it imports, since a host reads nothing beside it. */

async function compile(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    conditions: ['@onceover/source', 'module'],
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/**
 * A connector's folder with compiled code; other users may read it, as an installed one.
 * @param file a module of this package's tests that exports `connector`
 */
export async function writeCompiledConnector(
  file: string,
  changes: { manifest?: unknown } = {},
): Promise<ConnectorFolder> {
  const written = await writeConnectorFolder({ ...changes, code: await compile(file) });
  await chmod(written.folder, 0o755);
  return written;
}

export interface CompiledBundle extends AsyncDisposable {
  file: string;
}

/** An automation bundle: one module whose default export has `handle`. */
export async function writeCompiledBundle(file: string): Promise<CompiledBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'onceover-bundle-'));
  await chmod(folder, 0o755);
  const target = join(folder, `${basename(file, '.ts')}.mjs`);
  await build({
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    conditions: ['@onceover/source', 'module'],
    outfile: target,
    logLevel: 'silent',
  });
  return { file: target, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

export interface CompiledProgram extends AsyncDisposable {
  program: HostProgram;
}

/** The host program as a build makes it: it starts in half the time of its sources. */
export async function writeCompiledProgram(): Promise<CompiledProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'onceover-program-'));
  await chmod(folder, 0o755);
  const source = join(import.meta.dirname, '..', 'hosts', 'process', 'host-process.ts');
  await writeFile(join(folder, 'package.json'), '{"name":"host-program","type":"module"}');
  await writeFile(join(folder, 'program.js'), await compile(source));
  return {
    program: { file: join(folder, 'program.js'), package: folder, parts: ['program.js'] },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface CompiledScript extends AsyncDisposable {
  file: string;
}

/** A script of the tests as one file, which starts in a quarter of the time of its sources. */
export async function writeCompiledScript(file: string): Promise<CompiledScript> {
  const folder = await mkdtemp(join(tmpdir(), 'onceover-script-'));
  const target = join(folder, `${basename(file, '.ts')}.mjs`);
  await build({
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    conditions: ['@onceover/source', 'module'],
    external: ['pg-native'],
    // Some of what it imports is CommonJS.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    outfile: target,
    logLevel: 'silent',
  });
  return { file: target, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** A module given as text, whose imports are those of this folder, as one file's text. */
export async function compileText(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    conditions: ['@onceover/source', 'module'],
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
