/** What failed its checks, as a set of a batch and as the statement that stores it. */
export const quarantineSets = {
  quarantined: {
    id: 'uuid',
    tenant: 'text',
    kind: 'text',
    hook_id: 'text?',
    connection: 'text?',
    trigger: 'text?',
    delivery_id: 'uuid?',
    item_key: 'text?',
    event_type: 'text?',
    code: 'text',
    detail: 'text',
    path: 'text?',
    value: 'json?',
    data: 'json?',
  },
} as const;

/** A part of a WITH clause. */
export const storeQuarantine = (set: Readonly<Record<'quarantined', string>>) => `
new_quarantined as (
  insert into onceover.quarantine (id, tenant, kind, hook_id, connection, trigger, delivery_id, item_key, event_type,
    code, detail, path, value, data)
  select id, tenant, kind, hook_id, connection, trigger, delivery_id, item_key, event_type,
    code, detail, path, value, data
  from ${set.quarantined}
)`;
