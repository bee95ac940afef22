import { ConfigurationError } from '@onceover/contract';
import type { LoadedConnector } from '../call-types.ts';

/** The connectors that this process has loaded, by id and version. */
export interface ConnectorSet {
  readonly all: readonly LoadedConnector[];
  /** The pinned version, or the one loaded last. @throws {ConfigurationError} `connector_not_loaded` */
  find(id: string, version?: string | null): LoadedConnector;
}

export function createConnectorSet(all: readonly LoadedConnector[]): ConnectorSet {
  return {
    all,
    find(id, version = null) {
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
}
