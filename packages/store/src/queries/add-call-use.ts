import { type BatchRows, defineBatch } from '../batches/define-batch.ts';
import type { Queryable } from '../define-query.ts';

const sets = {
  used: {
    tenant: 'text',
    connection: 'text',
    connector: 'text',
    connector_version: 'text',
    operation: 'text',
    call: 'text',
    refusal: 'text',
    count: 'int8',
  },
} as const;

export type CallUseRow = NonNullable<BatchRows<typeof sets>['used']>[number];

const query = defineBatch(
  'add-call-use',
  sets,
  {},
  ({ set }) => `insert into onceover.call_use as use
    (tenant, connection, connector, connector_version, operation, call, refusal, count)
  select tenant, connection, connector, connector_version, operation, call, refusal, count from ${set.used}
  order by connector, tenant, connection, connector_version, operation, call, refusal
  on conflict (connector, tenant, connection, connector_version, operation, call, refusal)
  do update set count = use.count + excluded.count, last_at = now()`,
);

/** Adds to what calls were made and refused; each row's place at most once. */
export async function addCallUse(db: Queryable, used: readonly CallUseRow[]): Promise<void> {
  await query.rows(db, { sets: { used } });
}
