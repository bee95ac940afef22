/** The audit leaves of a transaction, as sets of a batch and as the statements that store them. */
export const auditSets = {
  leaves: { id: 'uuid', tenant: 'text', at: 'timestamptz', body: 'text', hash: 'bytea' },
  entries: {
    leaf_id: 'uuid',
    position: 'int4',
    tenant: 'text',
    kind: 'text',
    subject: 'text',
    salt: 'bytea',
    payload: 'text',
  },
} as const;

/** Two parts of a WITH clause. */
export const storeAudit = (set: Readonly<Record<'leaves' | 'entries', string>>) => `
audit_leaf as (
  insert into onceover.audit_leaves (id, tenant, at, body, hash)
  select id, tenant, at, body, hash from ${set.leaves}
),
audit_entry as (
  insert into onceover.audit_entries (leaf_id, position, tenant, kind, subject, salt, payload)
  select leaf_id, position, tenant, kind, subject, salt, payload from ${set.entries}
)`;
