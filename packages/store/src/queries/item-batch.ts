/** Items of deliveries and the lanes of those that wait, as sets of a batch and as the statements that store them. */
export const itemSets = {
  items: {
    connection: 'text',
    trigger: 'text',
    key: 'text',
    tenant: 'text',
    record_key: 'text',
    delivery_id: 'uuid',
    position: 'int4',
    status: 'text',
    is_echo: 'bool',
    /** Kept while something is left to do with it. */
    item: 'json?',
    lane_id: 'uuid?',
  },
  /** One row for each lane of the items that are pending. */
  item_lanes: { id: 'uuid', tenant: 'text', flow: 'text', key: 'text', pending: 'int4' },
} as const;

/** Parts of a WITH clause. `new_item` has a row for each item that was not there before: require all. */
export const storeItems = (set: Readonly<Record<'items' | 'item_lanes', string>>) => `
new_item as (
  insert into onceover.items (connection, trigger, key, tenant, record_key, delivery_id, position, status, is_echo,
    item, lane_id, finished_at)
  select connection, trigger, key, tenant, record_key, delivery_id, position, status, is_echo,
    item, lane_id, case when status = 'pending' then null else now() end
  from ${set.items} order by ordinality
  on conflict do nothing
  returning 1
),
new_item_lane as (
  insert into onceover.lanes as lane (id, kind, tenant, flow, key, pending, ready_at)
  select id, 'item', tenant, flow, key, pending, now() from ${set.item_lanes} order by id
  on conflict (id) do update set pending = lane.pending + excluded.pending
)`;
