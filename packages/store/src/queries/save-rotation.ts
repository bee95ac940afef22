import { defineQuery, type Queryable } from '../define-query.ts';
import type { RotationRow } from './find-rotation.ts';

const query = defineQuery<
  [
    id: string,
    epoch: number,
    step: string | null,
    version: number | null,
    reference: string | null,
    vendorSecretId: string | null,
    waitingFor: string | null,
    dueInSeconds: number | null,
    revokeInSeconds: number | null,
    outcome: string | null,
    proven: boolean | null,
    detail: string | null,
    lastFailure: string | null,
    replaces: number | null,
  ]
>(
  'save-rotation',
  `update onceover.secret_rotations
   set step = $3, version = coalesce($4, version), reference = coalesce($5, reference),
     replaces = coalesce($14, replaces),
     vendor_secret_id = coalesce($6, vendor_secret_id),
     waiting_for = case when $7 = 'delivery' and seen_at is not null then null else $7 end,
     due_at = coalesce(clock_timestamp() + make_interval(secs => $8::double precision), due_at),
     finished_at = case when $3 = 'revoke' then coalesce(finished_at, clock_timestamp()) else finished_at end,
     revoke_at = coalesce(clock_timestamp() + make_interval(secs => $9::double precision), revoke_at),
     ended_at = case when $3::text is null then clock_timestamp() end,
     outcome = $10, proven = $11, detail = $12, last_failure = $13,
     failures = 0, retry_at = null, lease_owner = null, lease_until = null
   where id = $1::uuid and epoch = $2 and step is not null`,
);

/** What a step came to; null leaves a fact of the rotation as it was. */
export interface RotationChange {
  id: string;
  epoch: number;
  step: RotationRow['step'];
  version?: number;
  replaces?: number;
  reference?: string;
  vendorSecretId?: string | undefined;
  waitingFor?: RotationRow['waitingFor'];
  dueInSeconds?: number;
  revokeInSeconds?: number;
  outcome?: RotationRow['outcome'];
  proven?: boolean | null;
  detail?: string;
  lastFailure?: string;
}

/** Stores a step and gives the lease back. False when it was lost meanwhile, or all is over: then nothing has changed. */
export async function saveRotation(db: Queryable, change: RotationChange): Promise<boolean> {
  const values: Parameters<typeof query.count>[1] = [
    change.id,
    change.epoch,
    change.step,
    change.version ?? null,
    change.reference ?? null,
    change.vendorSecretId ?? null,
    change.waitingFor ?? null,
    change.dueInSeconds ?? null,
    change.revokeInSeconds ?? null,
    change.outcome ?? null,
    change.proven ?? null,
    change.detail ?? null,
    change.lastFailure ?? null,
    change.replaces ?? null,
  ];
  return (await query.count(db, values)) === 1;
}
