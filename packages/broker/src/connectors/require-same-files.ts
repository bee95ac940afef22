import { ConfigurationError, OnceoverError } from '@onceover/contract';
import type { LoadedConnector } from '../call-types.ts';
import { changedFile, hashFiles } from './hash-files.ts';

/**
 * Looks at a connector's files once more before its code is loaded.
 * @throws {ConfigurationError} `connector_changed`, naming the file and the remedy
 */
export async function requireSameFiles({ id, files, source }: LoadedConnector): Promise<void> {
  const { folder, algorithm, hashes } = files;
  const found = await hashFiles(folder, algorithm).catch((cause: unknown) => {
    // A link that was added says itself what to do.
    if (OnceoverError.isInstance(cause)) throw cause;
    throw new ConfigurationError(
      `The files of the connector ${id} in ${folder} cannot be read. Start the runner again.`,
      { code: 'connector_changed', cause },
    );
  });
  const changed = changedFile(hashes, found.hashes);
  if (changed === undefined) return;
  throw new ConfigurationError(
    `The files of the connector ${id} in ${folder} are not those that the runner has read: ${changed.name} ${changed.change}. ${
      source === 'installed'
        ? 'Find out who changed it, remove the folder, and start the runner again: it installs what onceover.lock names.'
        : 'Start the runner again to use them.'
    }`,
    { code: 'connector_changed' },
  );
}
