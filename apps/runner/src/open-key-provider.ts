import { join } from 'node:path';
import { commandKeyProvider, fileKeyProvider, type KeyProvider, textKeyProvider } from '@onceover/broker';
import type { Environment } from './environment.ts';

/** Where this runner's keyring is kept; in development a file of the data folder, made when it is missing. */
export function openKeyProvider({ keyring, dataDir, mode }: Environment): KeyProvider {
  const create = mode === 'development';
  switch (keyring?.kind) {
    case undefined:
      return fileKeyProvider({ file: join(dataDir, 'keyring.json'), create });
    case 'file':
      return fileKeyProvider({ file: keyring.file, create });
    case 'variable':
      return textKeyProvider(keyring);
    case 'command':
      return commandKeyProvider(keyring);
  }
}
