import { type BatchRows, defineBatch } from '../batches/define-batch.ts';
import type { Queryable } from '../define-query.ts';

const sets = { added: { tenant: 'text', name: 'text', label: 'text', value: 'int8' } } as const;

const query = defineBatch(
  'add-to-counters',
  sets,
  {},
  ({ set }) => `insert into onceover.counters as counter (tenant, name, label, value)
  select tenant, name, label, value from ${set.added} order by tenant, name, label
  on conflict (tenant, name, label) do update set value = counter.value + excluded.value`,
);

/** Adds to counters; those that there are not begin at zero. */
export async function addToCounters(
  db: Queryable,
  added: NonNullable<BatchRows<typeof sets>['added']>,
): Promise<void> {
  await query.rows(db, { sets: { added } });
}
