import { ConfigurationError } from '@onceover/contract';
import {
  claimHookIds,
  hasSqlState,
  type HookIdRow,
  type Queryable,
  removeMissingConnections,
  type Store,
  upsertConnection,
  upsertRegistration,
  withTransaction,
} from '@onceover/store';
import { type Change, writeChanges } from '../audit/write-changes.ts';
import type { Clock } from '../ports.ts';
import { Secret } from '../secret.ts';
import type { Vault } from '../vault/create-vault.ts';
import { environmentTenant, type SecretOwner } from '../vault/secret-place.ts';
import type { CheckedConfig } from './check-config.ts';
import { accessTokenField, clientSecretField, webhookSecretField } from './secret-fields.ts';

const managedBy = 'config';

/**
 * Brings the database to what the config says, in one transaction: registrations, connections, their secrets where
 * they changed; what the config no longer names is out of use. Each change is an audit entry.
 * @throws {ConfigurationError} when an id belongs to something else, or two connections have one account
 */
export async function applyConfig(
  config: CheckedConfig,
  { store, vault, clock }: { store: Store; vault: Vault; clock: Clock },
): Promise<{ changed: number }> {
  const changes = await withTransaction(store, async (db) => {
    const found: Change[] = [];
    const wanted = idsOf(config);
    refuseForeignIds(wanted, await claimHookIds(db, wanted));
    const gone = await removeMissingConnections(db, { managedBy, keep: wanted.map(({ id }) => id) });
    for (const { tenant, id, owner } of gone) {
      found.push({ tenant, kind: `${owner}-removed`, subject: `${owner}s/${id}`, payload: { managedBy } });
    }
    for (const one of config.registrations) found.push(...(await applyRegistration(db, vault, one)));
    for (const one of config.connections) found.push(...(await applyConnection(db, vault, one)));
    await writeChanges(db, found, clock);
    return found;
  });
  vault.forgetRead();
  return { changed: changes.length };
}

function idsOf({ registrations, connections }: CheckedConfig): HookIdRow[] {
  return [
    ...registrations.map(
      ({ config }): HookIdRow => ({ id: config.id, tenant: environmentTenant, owner: 'registration' }),
    ),
    ...connections.map(({ config, tenant }): HookIdRow => ({ id: config.id, tenant, owner: 'connection' })),
  ];
}

function refuseForeignIds(wanted: readonly HookIdRow[], claimed: readonly HookIdRow[]): void {
  const byId = new Map(claimed.map((row) => [row.id, row]));
  for (const { id, tenant, owner } of wanted) {
    const has = byId.get(id);
    if (has?.owner === owner && has.tenant === tenant) continue;
    throw new ConfigurationError(
      `The id "${id}" already belongs to a ${has?.owner ?? 'row'} of ${has?.tenant === tenant ? 'this' : 'another'} tenant. An id is never given away: choose another one.`,
      { code: 'id_taken', path: `/${owner}s` },
    );
  }
}

async function applyRegistration(
  db: Queryable,
  vault: Vault,
  { config, connector }: CheckedConfig['registrations'][number],
): Promise<Change[]> {
  const { id, clientId, appId = null, origin = null } = config;
  const tenant = environmentTenant;
  const row = { id, tenant, connector: connector.id, clientId, appId, origin };
  const owner: SecretOwner = { kind: 'registration', id, tenant, connector: connector.id };
  const changes: Change[] = [];
  if (await upsertRegistration(db, { ...row, managedBy })) {
    changes.push({ tenant, kind: 'registration-configured', subject: `registrations/${id}`, payload: row });
  }
  const client = listOf(config.clientSecret);
  const hook = listOf(config.webhookSecret);
  const clientField = clientSecretField(connector.manifest);
  const hookField = webhookSecretField(connector.manifest);
  // At some vendors one secret serves both: then all of them hold, the client's first.
  const fields =
    hookField === undefined || hookField === clientField
      ? [[clientField, [...new Set([...client, ...hook])]] as const]
      : [[clientField, client] as const, [hookField, hook] as const];
  for (const [field, values] of fields) changes.push(...(await applySecret(db, vault, owner, field, values)));
  return changes;
}

async function applyConnection(
  db: Queryable,
  vault: Vault,
  { config, connector, tenant }: CheckedConfig['connections'][number],
): Promise<Change[]> {
  const { id, registration = null, account = null, variables = {}, identity = null, origin = null } = config;
  const row = {
    id,
    tenant,
    connector: connector.id,
    connectorVersion: config.version ?? null,
    registration,
    account,
    variables,
    responsible: config.owner,
    identity,
    origin,
    identityException: config.identityException?.reason ?? null,
    rateScale: config.rateLimits?.scale ?? null,
  };
  const owner: SecretOwner = { kind: 'connection', id, tenant, connector: connector.id };
  const changes: Change[] = [];
  if (await upsertOrExplain(db, row)) {
    changes.push({ tenant, kind: 'connection-configured', subject: `connections/${id}`, payload: row });
  }
  changes.push(
    ...(await applySecret(db, vault, owner, accessTokenField, listOf(config.credentials?.accessToken))),
  );
  const hookField = webhookSecretField(connector.manifest);
  if (hookField !== undefined) {
    changes.push(...(await applySecret(db, vault, owner, hookField, listOf(config.webhookSecret))));
  }
  return changes;
}

async function upsertOrExplain(
  db: Queryable,
  row: Omit<Parameters<typeof upsertConnection>[1], 'managedBy'>,
): Promise<boolean> {
  try {
    return await upsertConnection(db, { ...row, managedBy });
  } catch (cause) {
    if (!hasSqlState(cause, '23505')) throw cause;
    throw new ConfigurationError(
      `Another connection of the registration "${row.registration}" already has the account "${row.account}": an item of that account could go to either. Change one.`,
      { code: 'account_taken', path: '/connections', cause },
    );
  }
}

async function applySecret(
  db: Queryable,
  vault: Vault,
  owner: SecretOwner,
  field: string,
  values: readonly string[],
): Promise<Change[]> {
  const secrets = values.map((value) => new Secret(value));
  if (!(await vault.replace(db, owner, field, secrets, managedBy))) return [];
  const { tenant, kind, id } = owner;
  const payload = { field, active: secrets.length, putBy: managedBy };
  return [{ tenant, kind: 'secret-stored', subject: `${kind}s/${id}`, payload }];
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : [...new Set(value)];
}
