import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[id: string, askedBy: string]>(
  'hurry-rotation',
  `update onceover.secret_rotations
   set reason = 'compromised', overlap_seconds = 0, asked_by = $2,
     waiting_for = case when waiting_for = 'delivery' then null else waiting_for end
   where id = $1::uuid and reason <> 'compromised'`,
);

/** The secret that is being replaced is known to others: its successor gets no overlap. */
export async function hurryRotation(
  db: Queryable,
  { id, askedBy }: { id: string; askedBy: string },
): Promise<boolean> {
  return (await query.count(db, [id, askedBy])) === 1;
}
