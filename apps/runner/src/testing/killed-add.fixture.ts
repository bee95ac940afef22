// Adds a connector in a process that kills itself before its nth change of a name on disk.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import type { InstallPlace } from '../connectors/installed/load-installed.ts';

export interface KilledAdd {
  tarball: string;
  place: InstallPlace;
  /** The change before which it dies, from 1 on. */
  killBefore: number;
}

const { tarball, place, killBefore } = JSON.parse(process.argv[2] ?? '') as KilledAdd;
let changes = 0;
for (const name of ['mkdtemp', 'open', 'rename', 'rm', 'symlink'] as const) {
  const real = fs[name] as (...args: unknown[]) => Promise<unknown>;
  Object.assign(fs, {
    [name]: (...args: unknown[]) => {
      changes += 1;
      if (changes === killBefore) process.kill(process.pid, 'SIGKILL');
      return real(...args);
    },
  });
}
syncBuiltinESMExports();
const { addConnector } = await import('../connectors/installed/add-connector.ts');
await addConnector(tarball, { ...place, from: place.configFolder });
