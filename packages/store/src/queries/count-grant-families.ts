import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[connection: string], { count: number }>(
  'count-grant-families',
  `select count(*)::integer as count from onceover.token_sets first
   where first.connection = $1 and first.refreshed_from is null
     and not exists (
       select from onceover.token_sets later
       where later.connection = $1 and later.version >= first.version and later.refused_at is not null
         and not exists (
           select from onceover.token_sets next
           where next.connection = $1 and next.refreshed_from is null
             and next.version > first.version and next.version <= later.version))`,
);

/**
 * How many authorisations of a connection may still be live at the vendor: those of whose token sets none has been
 * refused. The one in use is among them.
 */
export async function countGrantFamilies(db: Queryable, connection: string): Promise<number> {
  return (await query.one(db, [connection])).count;
}
