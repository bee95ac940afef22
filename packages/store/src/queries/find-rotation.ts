import { defineQuery, type Queryable } from '../define-query.ts';

export type RotationStep = 'create' | 'set' | 'test' | 'finish' | 'revoke';

/** A rotation of one secret. */
export interface RotationRow {
  id: string;
  owner: string;
  tenant: string;
  field: string;
  version: number;
  replaces: number | null;
  issuer: 'runtime' | 'vendor' | 'person';
  /** Null when it is over. */
  step: RotationStep | null;
  waitingFor: 'person' | 'delivery' | null;
  dueAt: Date | null;
  /** Past `dueAt`, by this database's clock. */
  isLate: boolean;
  seenAt: Date | null;
  reference: string;
  vendorSecretId: string | null;
  reason: 'asked' | 'age' | 'compromised';
  askedBy: string;
  overlapSeconds: number;
  revokeAt: Date | null;
  epoch: number;
  failures: number;
  lastFailure: string | null;
  startedAt: Date;
  finishedAt: Date | null;
  endedAt: Date | null;
  outcome: 'rotated' | 'failed' | null;
  proven: boolean | null;
  detail: string | null;
}

export const rotationColumns = `id, owner, tenant, field, version, replaces, issuer, step, waiting_for as "waitingFor",
  due_at as "dueAt", coalesce(due_at <= clock_timestamp(), false) as "isLate", seen_at as "seenAt", reference, vendor_secret_id as "vendorSecretId", reason,
  asked_by as "askedBy", overlap_seconds as "overlapSeconds", revoke_at as "revokeAt", epoch, failures,
  last_failure as "lastFailure", started_at as "startedAt", finished_at as "finishedAt", ended_at as "endedAt",
  outcome, proven, detail`;

const byId = defineQuery<[id: string], RotationRow>(
  'find-rotation',
  `select ${rotationColumns} from onceover.secret_rotations where id = $1::uuid`,
);

const open = defineQuery<[owner: string, field: string], RotationRow>(
  'find-open-rotation',
  `select ${rotationColumns} from onceover.secret_rotations
   where owner = $1 and field = $2 and step in ('create', 'set', 'test', 'finish')`,
);

export async function findRotation(db: Queryable, id: string): Promise<RotationRow | undefined> {
  return byId.maybeOne(db, [id]);
}

/** The rotation whose secret is not in use yet; undefined when there is none. */
export async function findOpenRotation(
  db: Queryable,
  { owner, field }: { owner: string; field: string },
): Promise<RotationRow | undefined> {
  return open.maybeOne(db, [owner, field]);
}
