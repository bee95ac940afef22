import {
  ConfigurationError,
  ConflictError,
  type Manifest,
  manifestSchema,
  NotFoundError,
  stringifyJson,
} from '@onceover/contract';
import {
  type ConnectorVersionRow,
  listConnectorVersions,
  lockConnectorVersions,
  type Queryable,
  saveConnectorVersion,
  type Store,
  withTransaction,
} from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import type { LoadedConnector } from '../call-types.ts';
import type { Clock, Log } from '../ports.ts';
import { environmentTenant } from '../vault/secret-place.ts';
import { decideVersion, type SeenVersion } from './decide-version.ts';

/** A version as it is shown. */
export interface ConnectorRelease {
  connector: string;
  version: string;
  state: 'held' | 'released';
  reason: string;
  decidedBy: string;
  decidedAt: Date;
}

/** Which versions of connectors may be used. What widens what a connector may do waits for a person. */
export interface ConnectorReleases {
  isHeld(connector: string, version: string): boolean;
  list(): Promise<readonly ConnectorRelease[]>;
  /**
   * Lets a held version be used.
   * @throws {NotFoundError} `connector_version_unknown`
   * @throws {ConflictError} `connector_version_released`
   */
  release(version: {
    connector: string;
    version: string;
    reason: string;
    by: string;
  }): Promise<ConnectorRelease>;
  close(): void;
}

/** How long another runner's release may stay unseen. */
const lookMs = 5000;

/** @throws {ConfigurationError} `connector_changed` when files are others than those that were released */
export async function openConnectorReleases(ports: {
  store: Store;
  connectors: readonly LoadedConnector[];
  mode: 'development' | 'production';
  clock: Clock;
  log: Log;
}): Promise<ConnectorReleases> {
  const { store, clock, log } = ports;
  let held = await withTransaction(store, async (db) => {
    await lockConnectorVersions(db);
    await decideAll(db, ports);
    return heldOf(await listConnectorVersions(db));
  });
  const look = async () => {
    try {
      held = heldOf(await listConnectorVersions(store));
    } catch (error) {
      log.warn({ err: error }, 'the releases of connectors could not be read');
    }
  };
  const timer = setInterval(() => void look(), lookMs).unref();
  return {
    isHeld: (connector, version) => held.has(nameOf(connector, version)),
    list: async () => (await listConnectorVersions(store)).map(showVersion),
    async release({ connector, version, reason, by }) {
      const row = await withTransaction(store, async (db) => {
        await lockConnectorVersions(db);
        const found = (await listConnectorVersions(db)).find(
          (one) => one.connector === connector && one.version === version,
        );
        if (found === undefined) {
          throw new NotFoundError(
            `No runner has loaded ${connector} ${version}: nothing is held under that name.`,
            {
              code: 'connector_version_unknown',
            },
          );
        }
        if (found.state === 'released') {
          throw new ConflictError(`${connector} ${version} is released already: ${found.reason}.`, {
            code: 'connector_version_released',
          });
        }
        const next = { ...found, state: 'released' as const, reason, decidedBy: by };
        await save(db, next, clock);
        return { ...next, decidedAt: clock.now() };
      });
      await look();
      return showVersion(row);
    },
    close: () => clearInterval(timer),
  };
}

async function decideAll(
  db: Queryable,
  {
    connectors,
    mode,
    clock,
    log,
  }: { connectors: readonly LoadedConnector[]; mode: 'development' | 'production'; clock: Clock; log: Log },
): Promise<void> {
  for (const loaded of connectors) {
    const { id: connector, version, integrity, manifest } = loaded;
    const rows = (await listConnectorVersions(db)).filter((row) => row.connector === connector);
    const seen = rows.find((row) => row.version === version);
    const inUse = rows.findLast((row) => row.state === 'released');
    const decision = decideVersion({
      loaded,
      seen: seen && seenVersion(seen),
      inUse: inUse && seenVersion(inUse),
      mode,
    });
    if (decision.kind === 'known') continue;
    if (decision.kind === 'changed') {
      throw new ConfigurationError(
        `The files of ${connector} ${version} are not those that were released: their integrity is ${integrity}, and was ${decision.before}. Bring the released files back, or give the new ones a version of their own.`,
        { code: 'connector_changed' },
      );
    }
    const { kind: state, reason } = decision;
    await save(
      db,
      {
        connector,
        version,
        integrity,
        manifest: stringifyJson(manifest),
        state,
        reason,
        decidedBy: 'runner',
      },
      clock,
    );
    if (state === 'held') {
      log.warn(
        { connector, version },
        `a version of a connector is held: ${reason}. Release it: onceover connectors release ${connector} ${version} --reason …`,
      );
    }
  }
}

async function save(db: Queryable, row: Omit<ConnectorVersionRow, 'decidedAt'>, clock: Clock): Promise<void> {
  const { connector, version, integrity, state, reason, decidedBy } = row;
  await saveConnectorVersion(db, row);
  const kind = state === 'held' ? 'connector-held' : 'connector-released';
  const subject = `connectors/${connector}/versions/${version}`;
  const payload = { integrity, reason, by: decidedBy };
  await writeChanges(db, [{ tenant: environmentTenant, kind, subject, payload }], clock);
}

function seenVersion({ version, integrity, manifest, state }: ConnectorVersionRow): SeenVersion {
  return { version, integrity, state, manifest: manifestOf(manifest) };
}

/** As it was valid when it was stored; a later contract may have more defaults. */
function manifestOf(text: string): Manifest {
  return manifestSchema.parse(JSON.parse(text));
}

function heldOf(rows: readonly ConnectorVersionRow[]): ReadonlySet<string> {
  const held = rows.filter(({ state }) => state === 'held');
  return new Set(held.map(({ connector, version }) => nameOf(connector, version)));
}

function nameOf(connector: string, version: string): string {
  return `${connector} ${version}`;
}

function showVersion(row: ConnectorVersionRow): ConnectorRelease {
  const { connector, version, state, reason, decidedBy, decidedAt } = row;
  return { connector, version, state, reason, decidedBy, decidedAt };
}
