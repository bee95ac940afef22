import { defineBatch, type NoValues } from '../batches/define-batch.ts';
import type { Queryable } from '../define-query.ts';

const query = defineBatch<
  { items: { connection: 'text'; trigger: 'text'; key: 'text' } },
  NoValues,
  { ordinality: number }
>(
  'find-known-items',
  { items: { connection: 'text', trigger: 'text', key: 'text' } },
  {},
  ({ set }) => `select items.ordinality from ${set.items}
  where exists (
    select from onceover.items known
    where known.connection = items.connection and known.trigger = items.trigger and known.key = items.key
  )`,
);

/** Which of these items are stored already: their indexes, from 0. */
export async function findKnownItems(
  db: Queryable,
  items: readonly { connection: string; trigger: string; key: string }[],
): Promise<Set<number>> {
  const rows = await query.rows(db, { sets: { items } });
  return new Set(rows.map(({ ordinality }) => ordinality - 1));
}
