import fs from 'node:fs';
import fsp from 'node:fs/promises';
import { createRequire, findPackageJSON } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type Attack, loot, target } from './attack.fixture.ts';

/** A file in the code's own place, to write or to lead elsewhere. */
const own = (name: string) => new URL(name, import.meta.url);

export const fileAttacks: Record<string, Attack> = {
  'read the password file': () => fs.readFileSync('/etc/passwd', 'utf8'),
  'read the keyring': (means) => fs.readFileSync(target(means, 'keyring'), 'utf8'),
  'read the keyring by promise': async (means) => fsp.readFile(target(means, 'keyring'), 'utf8'),
  'open the keyring': (means) => fs.openSync(target(means, 'keyring'), 'r'),
  'copy the keyring': (means) => fs.copyFileSync(target(means, 'keyring'), own('copy')),
  'see whether the keyring is there': (means) => loot(fs.existsSync(target(means, 'keyring'))),
  'ask for the keyring’s size': (means) => loot(fs.statSync(target(means, 'keyring')).size),
  'resolve the keyring as a module': (means) => {
    // Its existence alone would be told by one of two errors.
    const missing = attempt(() => createRequire(import.meta.url).resolve(`${target(means, 'keyring')}-no`));
    const there = attempt(() => createRequire(import.meta.url).resolve(target(means, 'keyring')));
    return loot(missing === there ? undefined : there);
  },
  'import the keyring': async (means) => {
    const url = pathToFileURL(target(means, 'keyring')).href;
    return (await import(/* @vite-ignore */ url, { with: { type: 'json' } })) as unknown;
  },
  'require the keyring': (means) => createRequire(import.meta.url)(target(means, 'keyring')) as unknown,
  'list the root folder': () => fs.readdirSync('/'),
  'watch the keyring': (means) => fs.watch(target(means, 'keyring')),
  'read another connector’s code': (means) => fs.readFileSync(target(means, 'neighbour'), 'utf8'),
  'read a folder whose name begins like its own': (means) =>
    fs.readFileSync(target(means, 'sibling'), 'utf8'),
  'read the file beside its own package.json': (means) => fs.readFileSync(target(means, 'beside'), 'utf8'),
  'climb out of its folder': (means) => {
    const up = new URL('.', import.meta.url).pathname;
    return fs.readFileSync(`${up}../../../..${target(means, 'keyring')}`, 'utf8');
  },
  'climb out by a buffer’s path': (means) => fs.readFileSync(Buffer.from(target(means, 'keyring'))),
  'find out whether a package is there': (means) => {
    const name = 'neighbour-package';
    return loot(findPackageJSON(name, pathToFileURL(target(means, 'neighbour'))));
  },
  'link to the keyring': (means) => fs.symlinkSync(target(means, 'keyring'), own('link')),
  'link hard to the keyring': (means) => fs.linkSync(target(means, 'keyring'), own('hard')),
  'write into its own folder': () => fs.writeFileSync(own('written.js'), 'export {}'),
  'write beside other people’s files': (means) => fs.writeFileSync(`${target(means, 'keyring')}.new`, '{}'),
  'delete its own code': () => fs.rmSync(import.meta.filename),
  'open a database file': async (means) => {
    const name = 'node:sqlite';
    const { DatabaseSync } = (await import(/* @vite-ignore */ name)) as typeof import('node:sqlite');
    return new DatabaseSync(target(means, 'keyring'));
  },
  'read its environment': () => loot(Object.entries(process.getBuiltinModule('process')['env'])),
  'read the runner’s environment': () => fs.readFileSync(`/proc/${process.ppid}/environ`, 'utf8'),
  'read the runner’s memory': () => fs.openSync(`/proc/${process.ppid}/mem`, 'r'),
  'read the runner’s command line': () => fs.readFileSync(`/proc/${process.ppid}/cmdline`, 'utf8'),
  'list processes': () => fs.readdirSync('/proc'),
  'load an environment file': (means) => process.loadEnvFile(target(means, 'keyring')),
  'change its folder': () => process.chdir('/tmp'),
  'write a report': () => process.report.writeReport(new URL('stolen.json', import.meta.url).pathname),
  'find the environment in a report': () => {
    const report = process.report.getReport() as { environmentVariables?: object };
    return loot(report.environmentVariables);
  },
};

function attempt(run: () => unknown): string {
  try {
    return String(run());
  } catch (error) {
    return (error as { code?: string }).code ?? 'no code';
  }
}
