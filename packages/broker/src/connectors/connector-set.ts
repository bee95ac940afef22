import { ConfigurationError } from '@onceover/contract';
import type { LoadedConnector } from '../call-types.ts';

/** The connectors that this process has loaded, by id and version. */
export interface ConnectorSet {
  readonly all: readonly LoadedConnector[];
  /** The pinned version, or the one loaded last, held or not. @throws {ConfigurationError} `connector_not_loaded` */
  known(id: string, version?: string | null): LoadedConnector;
  /**
   * The pinned version, or the one loaded last, of those that may be used.
   * @throws {ConfigurationError} `connector_not_loaded`, `connector_held`
   */
  find(id: string, version?: string | null): LoadedConnector;
}

/** @param isHeld whether a version waits for a person to release it */
export function createConnectorSet(
  all: readonly LoadedConnector[],
  isHeld: (connector: string, version: string) => boolean = () => false,
): ConnectorSet {
  const set: ConnectorSet = {
    all,
    find(id, version = null) {
      const usable = all.filter((one) => one.id === id && !isHeld(id, one.version));
      const found = version === null ? usable.at(-1) : usable.find((one) => one.version === version);
      if (found !== undefined) return found;
      const held = set.known(id, version);
      throw new ConfigurationError(
        `The version ${held.version} of ${id} may do more than the last one, and nobody has released it. Look at it, then run: onceover connectors release ${id} ${held.version} --reason …`,
        { code: 'connector_held', retry: 'later' },
      );
    },
    known(id, version = null) {
      const versions = all.filter((connector) => connector.id === id);
      const found =
        version === null ? versions.at(-1) : versions.find((connector) => connector.version === version);
      if (found !== undefined) return found;
      const known =
        versions.length > 0
          ? `Loaded: ${versions.map((connector) => `${id} ${connector.version}`).join(', ')}.`
          : `Loaded: ${[...new Set(all.map((connector) => connector.id))].join(', ') || 'none'}.`;
      throw new ConfigurationError(
        `The connector ${id}${version === null ? '' : ` ${version}`} is not loaded. ${known} Add it to "connectors".`,
        { code: 'connector_not_loaded' },
      );
    },
  };
  return set;
}
