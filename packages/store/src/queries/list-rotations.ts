import { defineQuery, type Queryable } from '../define-query.ts';
import { rotationColumns, type RotationRow } from './find-rotation.ts';

const ofSecret = defineQuery<[owner: string, field: string], RotationRow>(
  'list-rotations-of-secret',
  `select ${rotationColumns} from onceover.secret_rotations where owner = $1 and field = $2 order by version desc`,
);

const latest = defineQuery<[tenant: string], RotationRow>(
  'list-latest-rotations',
  `select distinct on (owner, field) ${rotationColumns} from onceover.secret_rotations
   where tenant = $1 order by owner, field, version desc`,
);

/** Every rotation of one secret, the newest first. */
export async function listRotations(
  db: Queryable,
  { owner, field }: { owner: string; field: string },
): Promise<RotationRow[]> {
  return ofSecret.rows(db, [owner, field]);
}

/** The newest rotation of each secret of a tenant. */
export async function listLatestRotations(db: Queryable, tenant: string): Promise<RotationRow[]> {
  return latest.rows(db, [tenant]);
}
