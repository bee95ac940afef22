import { defineQuery, type Queryable } from '../define-query.ts';
import type { RotationRow } from './find-rotation.ts';

const query = defineQuery<
  [
    id: string,
    owner: string,
    tenant: string,
    field: string,
    version: number,
    replaces: number | null,
    issuer: string,
    reference: string,
    reason: string,
    askedBy: string,
    overlapSeconds: number,
    waitingFor: string | null,
    dueInSeconds: number | null,
  ]
>(
  'insert-rotation',
  `insert into onceover.secret_rotations
     (id, owner, tenant, field, version, replaces, issuer, reference, reason, asked_by, overlap_seconds, step,
      waiting_for, due_at)
   values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'create', $12,
     clock_timestamp() + make_interval(secs => $13::double precision))`,
);

export type NewRotation = Pick<
  RotationRow,
  | 'id'
  | 'owner'
  | 'tenant'
  | 'field'
  | 'version'
  | 'replaces'
  | 'issuer'
  | 'reference'
  | 'reason'
  | 'askedBy'
  | 'overlapSeconds'
  | 'waitingFor'
> & { dueInSeconds: number | null };

/** Begins a rotation. @throws SQLSTATE 23505 when another one of the secret is under way */
export async function insertRotation(db: Queryable, row: NewRotation): Promise<void> {
  await query.count(db, [
    row.id,
    row.owner,
    row.tenant,
    row.field,
    row.version,
    row.replaces,
    row.issuer,
    row.reference,
    row.reason,
    row.askedBy,
    row.overlapSeconds,
    row.waitingFor,
    row.dueInSeconds,
  ]);
}
