import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[owner: string, field: string]>(
  'demote-secret-versions',
  `update onceover.secret_versions
   set state = case state when 'current' then 'previous' else 'retired' end, changed_at = now()
   where owner = $1 and field = $2 and state in ('current', 'previous')`,
);

/** Makes room for a new current version: the current one becomes the previous, an earlier previous one is retired. */
export async function demoteSecretVersions(
  db: Queryable,
  { owner, field }: { owner: string; field: string },
): Promise<void> {
  await query.count(db, [owner, field]);
}
