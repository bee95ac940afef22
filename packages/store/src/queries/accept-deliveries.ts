import { type BatchRows, defineBatch } from '../batches/define-batch.ts';
import type { Queryable } from '../define-query.ts';
import { auditSets, storeAudit } from './audit-batch.ts';
import { quarantineSets, storeQuarantine } from './quarantine-batch.ts';

const sets = {
  deliveries: {
    id: 'uuid',
    tenant: 'text',
    hook_id: 'text',
    trigger: 'text',
    headers: 'json',
    body: 'bytea',
    /** Whether its items are to be read. */
    is_queued: 'bool',
  },
  ...quarantineSets,
  ...auditSets,
} as const;

/** What `acceptDeliveries` stores. */
export type AcceptedDeliveries = BatchRows<typeof sets>;

const query = defineBatch(
  'accept-deliveries',
  sets,
  {},
  ({ set }) => `with new_delivery as (
  insert into onceover.deliveries (id, tenant, hook_id, trigger, headers, body)
  select id, tenant, hook_id, trigger, headers, body from ${set.deliveries} order by id
  on conflict do nothing
  returning 1
),
queued as (
  insert into onceover.delivery_queue (hook_id, tenant, delivery_id)
  select hook_id, tenant, id from ${set.deliveries} where is_queued order by ordinality
),
${storeQuarantine(set)},
${storeAudit(set)}
select onceover.require((select count(*) from new_delivery) = (select count(*) from ${set.deliveries}), 'delivery_known')`,
);

/**
 * Stores raw deliveries in one transaction; all or nothing.
 * @throws when one is stored already: SQLSTATE OC001 (see `isRefuted`)
 */
export async function acceptDeliveries(db: Queryable, rows: AcceptedDeliveries): Promise<void> {
  await query.rows(db, { sets: rows });
}
