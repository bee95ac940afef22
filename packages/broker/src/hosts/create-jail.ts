import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@onceover/contract';
import type { HostTools } from './host-command.ts';
import { type Jail, programFiles } from './jail.ts';

/** The jail that all processes of a pool share the place of; made at the first call. */
export interface JailMaker {
  /** @throws {ConfigurationError} `isolation_not_available` when a program is missing */
  get(): Promise<Jail>;
  remove(): Promise<void>;
}

export function createJailMaker(tools: HostTools): JailMaker {
  let jail: Promise<Jail> | undefined;
  const make = async (): Promise<Jail> => {
    const missing = Object.entries(tools).filter(([, file]) => file === undefined);
    const { setpriv, prlimit, ldd } = tools;
    if (missing.length > 0 || setpriv === undefined || prlimit === undefined || ldd === undefined) {
      const names = missing.map(([name]) => name).join(', ');
      throw new ConfigurationError(`strict isolation needs programs that are not here: ${names}`, {
        code: 'isolation_not_available',
      });
    }
    return {
      root: await mkdtemp(join(tmpdir(), 'onceover-jail-')),
      program: await programFiles([process.execPath, setpriv, prlimit], ldd),
    };
  };
  return {
    get: () => (jail ??= make()),
    async remove() {
      const made = await jail?.catch(() => undefined);
      // It is empty: what is mounted there is mounted for the processes alone.
      if (made !== undefined) await rmdir(made.root).catch(() => undefined);
    },
  };
}
