import { type AuditEntry, createLeaf } from '@onceover/audit-log';
import type { Clock, Randomness } from '../ports.ts';

/** A change that a transaction makes, of one tenant. */
export interface Change {
  tenant: string;
  kind: ChangeKind;
  /** What changed, by its id; never a person's data. */
  subject: string;
  payload: AuditEntry['payload'];
}

export type ChangeKind =
  | 'delivery-accepted'
  | 'delivery-quarantined'
  | 'item-echoed'
  | 'item-set-aside'
  | 'item-quarantined'
  | 'item-abandoned'
  | 'event-recorded'
  | 'effect-intended'
  | 'effect-concluded'
  | 'run-finished';

/** Where changes stand that belong to no tenant yet. */
export const anyTenant = '*';

/** Leaves and entries as the statements take them. */
export interface LeafRows {
  leaves: { id: string; tenant: string; at: Date; body: string; hash: Buffer }[];
  entries: {
    leaf_id: string;
    position: number;
    tenant: string;
    kind: string;
    subject: string;
    salt: Buffer;
    payload: string;
  }[];
}

/** One leaf for each tenant that the transaction changes something of. */
export function createLeafBuilder(ports: {
  clock: Clock;
  randomness: Randomness;
}): (changes: readonly Change[]) => LeafRows {
  const { clock, randomness } = ports;
  return (changes) => {
    const rows: LeafRows = { leaves: [], entries: [] };
    if (changes.length === 0) return rows;
    const now = clock.now();
    const at = now.toISOString();
    const byTenant = Map.groupBy(changes, ({ tenant }) => tenant);
    for (const [tenant, own] of byTenant) {
      const leaf = createLeaf({
        tenant,
        id: randomness.uuid(),
        at,
        entries: own.map(({ kind, subject, payload }) => ({ kind, subject, at, payload })),
        randomBytes: randomness.bytes,
      });
      rows.leaves.push({ id: leaf.id, tenant, at: now, body: leaf.body, hash: leaf.hash });
      for (const { position, kind, subject, salt, payload } of leaf.entries) {
        rows.entries.push({ leaf_id: leaf.id, position, tenant, kind, subject, salt, payload });
      }
    }
    return rows;
  };
}
