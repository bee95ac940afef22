import { ConflictError, OnceoverError, type SecretFact } from '@onceover/contract';
import {
  findOpenRotation,
  listDueRotations,
  listLatestRotations,
  listSecretOwners,
  listSecretVersions,
  noteSignedDelivery,
  type SecretOwnerRow,
} from '@onceover/store';
import { Secret } from '../secret.ts';
import { environmentTenant, type SecretOwner } from '../vault/secret-place.ts';
import { advanceRotation } from './advance-rotation.ts';
import { cancelRotation } from './cancel-rotation.ts';
import { type ReconciledSecret, reconcileSecrets } from './reconcile-secrets.ts';
import { type RotatedGrant, rotateGrant } from './rotate-grant.ts';
import type { RotationPorts } from './rotation-ports.ts';
import {
  maxAgeDaysOf,
  type RotationState,
  type SecretStatus,
  stateOfRotation,
  statusOfSecret,
} from './rotation-state.ts';
import { findHolder, type HolderName, mayHold, secretOfHolder } from './secret-holder.ts';
import { checkSecret, giveSecret, requirePersons } from './give-secret.ts';
import { startRotation } from './start-rotation.ts';

/** A connection or registration with its secrets. */
export interface HolderStatus extends HolderName {
  connector: string;
  clientId: string | null;
  appId: string | null;
  managedBy: string;
  secrets: readonly SecretStatus[];
}

/** Rotation of secrets: create ▸ set ▸ test ▸ finish ▸ revoke, and reconcile. */
export interface Rotations {
  /**
   * Begins a rotation, or finds the one under way, and goes on with it until it waits or is over.
   * @throws {NotFoundError} `connection_unknown`, `registration_unknown`, `secret_unknown`
   * @throws {ConflictError} `no_rotation_waits`, `secret_known`
   * @throws {ValidationError} `secret_invalid`
   */
  rotate(asked: {
    holder: HolderName;
    /** Its only one unless given. */
    secret?: string | undefined;
    /** Others know the secret in use: no overlap. */
    isCompromised?: boolean | undefined;
    /** The new one, where a person issues it. */
    value?: string | undefined;
    by: string;
  }): Promise<RotationState>;
  /**
   * Ends a rotation whose secret is not in use yet; what the vendor has made for it is ended there.
   * @throws {ConflictError} `no_rotation`, `rotation_busy`
   */
  cancel(asked: { holder: HolderName; secret?: string | undefined; by: string }): Promise<RotationState>;
  /** Stores the first version of a secret. @throws {ConflictError} `secret_there` */
  add(asked: {
    holder: HolderName;
    secret?: string | undefined;
    value: string;
    by: string;
  }): Promise<SecretStatus>;
  /**
   * Gives the connection's refresh token a successor, where the vendor ends the old one with it.
   * @throws {ConflictError} `reconnect_needed`, `not_connected`, `no_refresh_token`
   * @throws {OnceoverError} what a refresh fails with
   */
  rotateGrant(asked: { tenant: string; connection: string; by: string }): Promise<RotatedGrant>;
  /** Finds and revokes what rotations made at the vendor and nobody uses. @throws {NotFoundError} */
  reconcile(asked: { holder: HolderName; by: string }): Promise<readonly ReconciledSecret[]>;
  /** Connections and registrations of a tenant, with how their secrets stand. */
  list(tenant: string): Promise<readonly HolderStatus[]>;
  /** Goes on with what is due, by the database's clock. Never rejects. */
  runDue(): Promise<void>;
  /** Begins rotations of secrets that have become too old. Never rejects. */
  startByAge(): Promise<void>;
  /** A delivery was signed with a pending version. Never rejects. */
  noteDelivery(owner: SecretOwner, field: string, version: number): Promise<void>;
}

const dueAtOnce = 20;

export function createRotations(ports: RotationPorts): Rotations {
  const { store, vault, log } = ports;

  const advance = async (id: string, holder: HolderName, fact: SecretFact): Promise<RotationState> => {
    const row = await advanceRotation({ id, holder, isAsked: true }, ports);
    if (row === undefined) throw new ConflictError('The rotation is gone', { code: 'rotation_unknown' });
    return stateOfRotation(row, fact);
  };
  const quietly = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      const code = OnceoverError.isInstance(error) ? error.code : 'unexpected';
      log.warn({ code, err: error instanceof Error ? error.message : String(error) }, what);
    }
  };

  const startOld = async (owner: SecretOwnerRow) => {
    const { manifest } = ports.connectors.known(owner.connector, owner.connectorVersion);
    const fact = manifest.auth.secrets.find((one) => one.name === owner.field && mayHold(owner, one));
    if (fact === undefined || (owner.ageSeconds ?? 0) < maxAgeDaysOf(fact) * 86_400) return;
    // What went wrong then goes wrong again now.
    if (owner.hasFailedLately) return;
    const holder = await findHolder({ kind: owner.kind, tenant: owner.tenant, id: owner.id }, ports);
    if ((await findOpenRotation(store, { owner: owner.id, field: fact.name })) !== undefined) return;
    await startRotation(holder, fact, { by: 'schedule', reason: 'age' }, ports);
  };

  return {
    async rotate({ holder: name, secret, isCompromised = false, value, by }) {
      const holder = await findHolder(name, ports);
      const fact = secretOfHolder(holder, secret);
      const given = value === undefined ? undefined : new Secret(value);
      if (given !== undefined) {
        requirePersons(fact);
        checkSecret(given);
      }
      const reason = isCompromised ? 'compromised' : 'asked';
      const id = await startRotation(holder, fact, { by, reason }, ports);
      if (given !== undefined) await giveSecret(holder, fact, given, ports);
      return advance(id, name, fact);
    },

    async cancel({ holder: name, secret, by }) {
      const holder = await findHolder(name, ports);
      const fact = secretOfHolder(holder, secret);
      return stateOfRotation(await cancelRotation(holder, fact, { by }, ports), fact);
    },

    async add({ holder: name, secret, value, by }) {
      const holder = await findHolder(name, ports);
      const fact = secretOfHolder(holder, secret);
      const given = new Secret(value);
      checkSecret(given);
      const versions = await listSecretVersions(store, { owner: name.id, field: fact.name });
      if (versions.some(({ state }) => state === 'current')) {
        throw new ConflictError(
          `The ${name.kind} "${name.id}" has a ${fact.name} already. Rotate it: onceover ${name.kind}s rotate ${name.id} --secret ${fact.name}`,
          { code: 'secret_there' },
        );
      }
      const { version } = await vault.put(holder.secrets, fact.name, given, { putBy: by });
      return statusOfSecret(fact, { version, ageSeconds: 0 }, undefined);
    },

    rotateGrant: (asked) => rotateGrant(asked, ports),

    async reconcile({ holder: name, by }) {
      const holder = await findHolder(name, ports);
      const own = await reconcileSecrets(holder, { by }, ports);
      const id = holder.registration?.id;
      // What a registration holds is the environment's to change.
      if (name.kind === 'registration' || id === undefined || name.tenant !== environmentTenant) return own;
      const shared = await findHolder({ kind: 'registration', tenant: environmentTenant, id }, ports);
      return [...own, ...(await reconcileSecrets(shared, { by }, ports))];
    },

    async list(tenant) {
      const rows = await listSecretOwners(store, tenant);
      const rotations = await listLatestRotations(store, tenant);
      return [...Map.groupBy(rows, ({ id }) => id).values()].flatMap((own) => {
        const [first] = own;
        if (first === undefined) return [];
        const { kind, id, connector, clientId, appId, managedBy, connectorVersion } = first;
        const isLoaded = ports.connectors.all.some((one) => one.id === connector);
        // One connector that is gone hides no other's secrets.
        const known = isLoaded
          ? ports.connectors.known(connector, connectorVersion).manifest.auth.secrets
          : [];
        const facts = known.filter(
          (fact) =>
            fact.per === kind || (mayHold(first, fact) && own.some(({ field }) => field === fact.name)),
        );
        const secrets = facts.map((fact) => {
          const row = rotations.find((one) => one.owner === id && one.field === fact.name);
          return statusOfSecret(
            fact,
            own.find(({ field }) => field === fact.name),
            row,
          );
        });
        return [{ kind, tenant, id, connector, clientId, appId, managedBy, secrets }];
      });
    },

    runDue: () =>
      quietly('rotations could not be gone on with', async () => {
        for (const { id, owner, tenant, kind } of await listDueRotations(store, { limit: dueAtOnce })) {
          const holder: HolderName = { kind, tenant, id: owner };
          await quietly('a rotation could not be gone on with', async () => {
            await advanceRotation({ id, holder, isAsked: false }, ports);
          });
        }
      }),

    startByAge: () =>
      quietly('secrets could not be looked at for their age', async () => {
        for (const owner of await listSecretOwners(store, null)) {
          if (owner.field === null) continue;
          await quietly('a rotation could not be started', () => startOld(owner));
        }
      }),

    noteDelivery: (owner, field, version) =>
      quietly('a delivery’s secret could not be noted', async () => {
        await noteSignedDelivery(store, { owner: owner.id, field, version });
      }),
  };
}
