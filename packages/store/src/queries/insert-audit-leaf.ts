import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<
  [
    id: string,
    tenant: string,
    at: string,
    body: string,
    hash: Buffer,
    positions: number[],
    kinds: string[],
    subjects: string[],
    salts: Buffer[],
    payloads: string[],
  ]
>(
  'insert-audit-leaf',
  `with leaf as (
     insert into onceover.audit_leaves (id, tenant, at, body, hash) values ($1, $2, $3, $4, $5)
   )
   insert into onceover.audit_entries (leaf_id, position, tenant, kind, subject, salt, payload)
   select $1, entry.position, $2, entry.kind, entry.subject, entry.salt, entry.payload
   from unnest($6::integer[], $7::text[], $8::text[], $9::bytea[], $10::text[])
     as entry (position, kind, subject, salt, payload)`,
);

/** A leaf as createLeaf of the audit log makes it. */
export interface AuditLeafRow {
  /** A UUID. */
  id: string;
  tenant: string;
  /** RFC 3339. */
  at: string;
  body: string;
  hash: Buffer;
  entries: readonly { position: number; kind: string; subject: string; salt: Buffer; payload: string }[];
}

/** Stores a leaf and its entries in one statement. Call it in the transaction that the leaf describes. */
export async function insertAuditLeaf(db: Queryable, leaf: AuditLeafRow): Promise<void> {
  const { id, tenant, at, body, hash, entries } = leaf;
  await query.count(db, [
    id,
    tenant,
    at,
    body,
    hash,
    entries.map((entry) => entry.position),
    entries.map((entry) => entry.kind),
    entries.map((entry) => entry.subject),
    entries.map((entry) => entry.salt),
    entries.map((entry) => entry.payload),
  ]);
}
