import { defineBatch, type NoValues } from '../batches/define-batch.ts';
import type { Queryable } from '../define-query.ts';

const query = defineBatch<
  { events: { tenant: 'text'; source: 'text'; id: 'text' } },
  NoValues,
  { ordinality: number }
>(
  'find-known-events',
  { events: { tenant: 'text', source: 'text', id: 'text' } },
  {},
  ({ set }) => `select events.ordinality from ${set.events}
  where exists (
    select from onceover.events known
    where known.tenant = events.tenant and known.source = events.source and known.id = events.id
  )`,
);

/** Which of these events are stored already: their indexes, from 0. */
export async function findKnownEvents(
  db: Queryable,
  events: readonly { tenant: string; source: string; id: string }[],
): Promise<Set<number>> {
  const rows = await query.rows(db, { sets: { events } });
  return new Set(rows.map(({ ordinality }) => ordinality - 1));
}
