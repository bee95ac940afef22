import { type BatchRows, defineBatch, type RowOf } from '../batches/define-batch.ts';
import type { Queryable } from '../define-query.ts';
import { auditSets, storeAudit } from './audit-batch.ts';
import {
  type claimerValues,
  fanOutSets,
  fanOutValues,
  fanOutValuesOf,
  type NewLaneRow,
  storeFanOut,
} from './fan-out-batch.ts';

const sets = { ...fanOutSets, ...auditSets };

/** What `recordEvents` stores. */
export type RecordedEvents = BatchRows<typeof sets>;

/** Who claims the lanes that begin leased. */
export type LaneClaimer = RowOf<typeof claimerValues>;

const query = defineBatch<typeof sets, typeof fanOutValues, { id: string | null; epoch: number | null }>(
  'record-events',
  sets,
  fanOutValues,
  ({ set, value }) => `with ${storeFanOut(set, value)}, ${storeAudit(set)}
  select new_lane.id, new_lane.epoch
  from (
    select onceover.require((select count(*) from new_event) = (select count(*) from ${set.events}), 'event_known') as ok
  ) guard
  left join new_lane on guard.ok and new_lane.is_claimed`,
);

/**
 * Stores events, a run for each flow that subscribes, and the leaves, in one transaction; all or nothing.
 * @returns the lanes that are the claimer's
 * @throws when an event is known already: SQLSTATE OC001 (see `isRefuted`)
 */
export async function recordEvents(
  db: Queryable,
  claimer: LaneClaimer,
  rows: RecordedEvents,
): Promise<NewLaneRow[]> {
  return claimedLanes(await query.rows(db, { sets: rows, values: fanOutValuesOf(claimer, rows) }));
}

/** The rows that name a lane. */
export function claimedLanes(rows: readonly { id: string | null; epoch: number | null }[]): NewLaneRow[] {
  return rows.flatMap(({ id, epoch }) => (id === null || epoch === null ? [] : [{ id, epoch }]));
}
