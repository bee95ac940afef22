import { NotFoundError } from '@onceover/contract';
import {
  changeConnectorLock,
  type LockedConnector,
  lockFileIn,
  readConnectorLock,
} from './connector-lock.ts';
import { removeInstalled } from './install-folders.ts';

/**
 * Takes a connector out of the lock, then its files away.
 * @param reference an id, or one version of it: `acme@1.2.3`
 * @throws {NotFoundError} `connector_not_installed`
 */
export async function removeConnector(
  reference: string,
  { dataDir, configFolder }: { dataDir: string; configFolder: string },
): Promise<readonly LockedConnector[]> {
  const [id, version] = reference.split('@');
  const isMeant = (one: LockedConnector) =>
    one.id === id && (version === undefined || one.version === version);
  const locked = await readConnectorLock(configFolder);
  const removed = locked.filter(isMeant);
  if (removed.length === 0) {
    const known = locked.map((one) => `${one.id}@${one.version}`).join(', ');
    throw new NotFoundError(
      `${lockFileIn(configFolder)} names no connector ${reference}. It names: ${known || 'none'}.`,
      { code: 'connector_not_installed' },
    );
  }
  await changeConnectorLock(configFolder, (connectors) => connectors.filter((one) => !isMeant(one)));
  for (const one of removed) await removeInstalled(dataDir, one);
  return removed;
}
