import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostLimits } from './host-limits.ts';
import type { ReadableFiles } from './readable-files.ts';

/** How a host process is started. */
export interface HostCommand {
  file: string;
  args: readonly string[];
}

/** A runner that runs from its sources has its hosts run from theirs. */
const isSource = import.meta.filename.endsWith('.ts');

/** The program of a host process, and the package that it is part of. */
export const hostProgram = isSource
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

/** Programs of util-linux that hold a process in; undefined where they are not. */
export interface HostTools {
  unshare: string | undefined;
  setpriv: string | undefined;
  prlimit: string | undefined;
}

const folders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];

/** Looked for in the places of the system alone, not along a PATH that anybody may have set. */
export function findHostTools(): HostTools {
  const find = (name: string) => folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  return process.platform === 'linux'
    ? { unshare: find('unshare'), setpriv: find('setpriv'), prlimit: find('prlimit') }
    : { unshare: undefined, setpriv: undefined, prlimit: undefined };
}

/**
 * The command of a process that may read what is given and nothing else. Each program in front becomes the next, so that
 * one process is left.
 * @param options.uid of `strict`: a user of its own and a network without any interface
 */
export function hostCommand(options: {
  readable: ReadableFiles;
  limits: Pick<HostLimits, 'heapMiB' | 'addressSpaceMiB'>;
  tools: HostTools;
  uid: number | undefined;
}): HostCommand {
  const { readable, limits, tools, uid } = options;
  const words = [
    ...namespaces(tools, uid),
    ...privileges(tools, uid),
    ...resources(tools, limits),
    process.execPath,
    ...nodeFlags(limits),
    ...readable.paths.map((path) => `--allow-fs-read=${path}`),
    hostProgram.file,
    JSON.stringify(readable.packages),
  ];
  const [file = process.execPath, ...args] = words;
  return { file, args };
}

function namespaces({ unshare }: HostTools, uid: number | undefined): string[] {
  return unshare === undefined || uid === undefined ? [] : [unshare, '--net', '--ipc', '--'];
}

function privileges({ setpriv }: HostTools, uid: number | undefined): string[] {
  if (setpriv === undefined) return [];
  const user =
    uid === undefined
      ? []
      : [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--inh-caps=-all', '--bounding-set=-all'];
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
    ...(isSource ? ['--conditions=@onceover/source'] : []),
  ];
}
