import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostLimits } from './host-limits.ts';
import { type Jail, jailWords } from './jail.ts';
import type { ReadableFiles } from './readable-files.ts';

/** How a host process is started. */
export interface HostCommand {
  file: string;
  args: readonly string[];
}

/** A runner that runs from its sources has its hosts run from theirs. */
const isSource = import.meta.filename.endsWith('.ts');

/** The program of a host process, and the package that it is part of. */
export interface HostProgram {
  file: string;
  package: string;
  /** What of the package it is made of. */
  parts: readonly string[];
}

export const hostProgram: HostProgram = isSource
  ? {
      file: join(import.meta.dirname, 'process', 'host-process.ts'),
      package: dirname(dirname(import.meta.dirname)),
      parts: ['src/hosts'],
    }
  : {
      file: join(import.meta.dirname, 'host-process.js'),
      package: dirname(import.meta.dirname),
      parts: ['dist'],
    };

/** Programs of the system that hold a process in; undefined where they are not. */
export type HostTools = Readonly<Record<(typeof toolNames)[number], string | undefined>>;

const toolNames = ['unshare', 'setpriv', 'prlimit', 'mount', 'chroot', 'sh', 'ldd'] as const;
const folders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** Looked for in the places of the system alone, not along a PATH that anybody may have set. */
export function findHostTools(): HostTools {
  const find = (name: string) =>
    process.platform === 'linux'
      ? folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
      : undefined;
  // One entry for each name.
  return Object.fromEntries(toolNames.map((name) => [name, find(name)])) as HostTools;
}

/** What `strict` adds: a user, a network without interfaces, and a root folder of its own. */
export interface Cell {
  uid: number;
  jail: Jail;
}

/**
 * The command of a process that may read what is given and nothing else. Each program in front becomes the next, so
 * that one process is left.
 */
export function hostCommand(options: {
  readable: ReadableFiles;
  program: HostProgram;
  limits: Pick<HostLimits, 'heapMiB' | 'addressSpaceMiB'>;
  tools: HostTools;
  cell: Cell | undefined;
}): HostCommand {
  const { readable, program, limits, tools, cell } = options;
  const words = [
    ...(cell === undefined ? [] : namespaces(tools, cell, readable)),
    ...privileges(tools, cell),
    ...resources(tools, limits),
    process.execPath,
    ...nodeFlags(limits),
    ...readable.paths.map((path) => `--allow-fs-read=${path}`),
    program.file,
    JSON.stringify(readable.packages),
  ];
  const [file = process.execPath, ...args] = words;
  return { file, args };
}

function namespaces(tools: HostTools, { jail }: Cell, { paths }: ReadableFiles): string[] {
  const { unshare = 'unshare', sh = 'sh' } = tools;
  return [unshare, '--net', '--ipc', '--mount', '--', ...jailWords(jail, sh, paths)];
}

function privileges({ setpriv }: HostTools, cell: Cell | undefined): string[] {
  if (setpriv === undefined) return [];
  const user =
    cell === undefined
      ? []
      : [
          `--reuid=${cell.uid}`,
          `--regid=${cell.uid}`,
          '--clear-groups',
          '--inh-caps=-all',
          '--bounding-set=-all',
        ];
  // A runner that is killed takes its hosts along, also those that are too busy to see their pipe closed.
  return [setpriv, ...user, '--no-new-privs', '--pdeathsig=KILL', '--'];
}

function resources(
  { prlimit }: HostTools,
  { addressSpaceMiB }: Pick<HostLimits, 'addressSpaceMiB'>,
): string[] {
  if (prlimit === undefined) return [];
  const bytes = addressSpaceMiB * 1024 * 1024;
  return [prlimit, `--as=${bytes}`, '--core=0', '--fsize=0', '--nofile=64', '--'];
}

function nodeFlags({ heapMiB }: Pick<HostLimits, 'heapMiB'>): string[] {
  return [
    '--permission',
    '--no-experimental-sqlite',
    '--no-experimental-ffi',
    '--disable-sigusr1',
    '--no-warnings',
    `--max-old-space-size=${heapMiB}`,
    // Room for what a module makes while it loads: fewer collections at the start, nothing more while it is idle.
    '--min-semi-space-size=16',
    ...(isSource ? ['--conditions=@onceover/source'] : []),
  ];
}
