import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[days: number], { made: number }>(
  'create-run-partitions',
  'select onceover.create_run_partitions($1) as made',
);

/** Makes the partitions for finished runs of today and the coming days, where they are missing. */
export async function createRunPartitions(db: Queryable, days: number): Promise<number> {
  return (await query.one(db, [days])).made;
}
