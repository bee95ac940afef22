import { ConfigurationError } from '@onceover/contract';
import type { HostTools } from './host-command.ts';
import { type Jail, programFiles } from './jail.ts';

/**
 * A folder that every Linux has and no code lies in. A process covers it for itself alone, and nothing is made that would
 * have to be removed again: not even by a runner that was killed.
 */
const root = '/sys';

/**
 * The jail that all processes of a pool share the place of; made at the first call.
 * @throws {ConfigurationError} `isolation_not_available` when a program is missing
 */
export function createJailMaker(tools: HostTools): () => Promise<Jail> {
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
    return { root, program: await programFiles([process.execPath, setpriv, prlimit], ldd) };
  };
  return () => (jail ??= make());
}
