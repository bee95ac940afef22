import { randomUUIDv7 } from 'node:crypto';
import { type AuditEntry, createLeaf } from '@onceover/audit-log';
import { insertAuditLeaf, type Queryable } from '@onceover/store';
import type { Clock } from '../ports.ts';

/** A state change, for the audit log. Never with a secret. */
export interface Change {
  tenant: string;
  /** Noun and verb: `secret-stored`. */
  kind: string;
  /** `connections/<id>`, `registrations/<id>`. */
  subject: string;
  payload: unknown;
}

/** Writes the transaction's leaves, one for each tenant. Call it in that transaction. */
export async function writeChanges(db: Queryable, changes: readonly Change[], clock: Clock): Promise<void> {
  const at = clock.now().toISOString();
  for (const [tenant, own] of Map.groupBy(changes, (change) => change.tenant)) {
    const entries = own.map(({ kind, subject, payload }): AuditEntry => ({ kind, subject, at, payload }));
    await insertAuditLeaf(db, createLeaf({ tenant, id: randomUUIDv7(), at, entries }));
  }
}
