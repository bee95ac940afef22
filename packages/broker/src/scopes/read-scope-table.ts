import { NotFoundError } from '@onceover/contract';
import { listCallUse, listGrants, type Store } from '@onceover/store';
import type { ConnectorSet } from '../connectors/connector-set.ts';
import { type ScopeTable, scopeTable } from './scope-table.ts';

export interface ScopeTableQuery {
  connector: string;
  /** Null: all tenants. */
  tenant: string | null;
  /** How long something may rest before it counts as unused. */
  unusedDays: number;
}

/** Reads what the newest loaded version declares beside what connections were granted and all versions used. */
export async function readScopeTable(
  { connector: id, tenant, unusedDays }: ScopeTableQuery,
  { store, connectors, now }: { store: Store; connectors: ConnectorSet; now: Date },
): Promise<ScopeTable> {
  const connector = connectors.all.findLast((one) => one.id === id);
  if (connector === undefined) {
    throw new NotFoundError(
      `There is no connector "${id}". Loaded: ${connectors.all.map((one) => one.id).join(', ')}`,
      {
        code: 'connector_unknown',
      },
    );
  }
  const place = { connector: id, tenant };
  const [uses, grants] = await Promise.all([listCallUse(store, place), listGrants(store, place)]);
  const { manifest, version } = connector;
  return scopeTable({
    version,
    manifest,
    grants,
    now,
    unusedDays,
    uses: uses.map(({ connection, operation, call, refusal, count, last_at: lastAt }) => ({
      connection,
      operation,
      call,
      refusal,
      count,
      lastAt,
    })),
  });
}
