import { type BatchRows, defineBatch } from '../batches/define-batch.ts';
import type { Queryable } from '../define-query.ts';
import { auditSets, storeAudit } from './audit-batch.ts';
import { fanOutSets, storeFanOut } from './fan-out-batch.ts';

const sets = { ...fanOutSets, ...auditSets };

/** What `recordEvents` stores. */
export type RecordedEvents = BatchRows<typeof sets>;

const query = defineBatch(
  'record-events',
  sets,
  {},
  ({ set }) => `with ${storeFanOut(set)}, ${storeAudit(set)}
  select onceover.require((select count(*) from new_event) = (select count(*) from numbered), 'event_known')`,
);

/**
 * Stores events, a run for each flow that subscribes, and the leaves, in one transaction; all or nothing.
 * @throws when an event is known already: SQLSTATE OC001 (see `isRefuted`)
 */
export async function recordEvents(db: Queryable, rows: RecordedEvents): Promise<void> {
  await query.rows(db, { sets: rows });
}
