import {
  type GuaranteeClass,
  guaranteeClass,
  type JsonValue,
  naturalKeyOf,
  type WriteManifest,
} from '@onceover/contract';
import type { SandboxClient } from '../../demo/sandbox-client.ts';
import { type Check, CheckFailure, NotRun } from '../check.ts';
import { sampleOf } from '../sample-record.ts';
import { connectionId, type VerifyRig } from '../verify-rig.ts';
import { writesOf } from '../writes-of.ts';

/** Writes that took a record made from their schema. */
export interface WriteFindings {
  /** The first of them. */
  write?: WriteManifest;
  ofClass: Partial<Record<GuaranteeClass, WriteManifest>>;
}

export interface Written {
  record: JsonValue;
  naturalKey: string;
}

/** A new record of an operation; undefined when its schema asks for more than is guessed. */
export function newRecord(operation: WriteManifest, rig: VerifyRig): Written | undefined {
  const record = sampleOf(operation.record, rig.nextNumber());
  if (record === undefined) return undefined;
  return { record, naturalKey: naturalKeyOf(operation.naturalKey, record) };
}

/** What became of one record: an outcome, or the error. */
export async function writeOnce(
  operation: WriteManifest,
  { record, naturalKey }: Written,
  { broker, nextNumber }: VerifyRig,
  connection: string = connectionId,
): Promise<{ outcome: string; detail: string }> {
  const effectKey = broker.effectKey([connection, operation.name, naturalKey, String(nextNumber())]);
  const { reply } = await broker.call({
    tenant: 'default',
    connection,
    operation: operation.name,
    mode: 'execute',
    records: [{ record, naturalKey, effectKey }],
    signal: AbortSignal.timeout(60_000),
  });
  if (reply.kind === 'error')
    return { outcome: reply.error.class, detail: `${reply.error.code}: ${reply.error.message}` };
  const [outcome] = reply.kind === 'written' ? reply.outcomes : [];
  if (outcome === undefined) return { outcome: 'nothing', detail: `the reply was ${reply.kind}` };
  if (outcome.outcome === 'failed') return { outcome: outcome.error.class, detail: outcome.error.message };
  return { outcome: outcome.outcome, detail: outcome.outcome };
}

/** How many records of this key the vendor's own ledger has seen come into being. */
export async function createdAt(sandbox: SandboxClient, naturalKey: string): Promise<number> {
  const { effects } = await sandbox.ledger();
  return effects
    .filter((effect) => effect.naturalKey === naturalKey && effect.action === 'created')
    .reduce((sum, { count }) => sum + count, 0);
}

/** Finds a write that the sandbox takes with a record made from its schema, and repeats it; one of each other class, too. */
export function writeCheck(rig: VerifyRig, found: WriteFindings): Check {
  return {
    name: 'write',
    async run() {
      const refused: string[] = [];
      const seen: string[] = [];
      for (const operation of writesOf(rig)) {
        const holds = guaranteeClass(operation.guarantee);
        if (found.ofClass[holds] !== undefined) continue;
        const written = newRecord(operation, rig);
        if (written === undefined) {
          refused.push(`${operation.name}: its schema asks for what cannot be guessed`);
          continue;
        }
        const first = await writeOnce(operation, written, rig);
        if (first.outcome === 'created') {
          found.ofClass[holds] = operation;
          found.write ??= operation;
          seen.push(await repeat(operation, written, rig));
        } else if (vendorRefusals.has(first.outcome)) {
          refused.push(`${operation.name}: ${first.detail}`);
        } else {
          throw new CheckFailure(
            `${operation.name} with ${JSON.stringify(written.record)} gave ${first.detail}. A new record must be \`created\`, and the sandbox must take what the manifest's schema takes.`,
          );
        }
      }
      if (seen.length > 0) return seen.join('; ');
      throw new NotRun(`no write takes a record made from its schema alone. ${refused.join('; ')}`);
    },
  };
}

/** A made-up record names what is not there (a payment, a ticket): that is no fault of the connector. */
const vendorRefusals = new Set(['ValidationError', 'NotFoundError', 'ConflictError']);

async function repeat(operation: WriteManifest, written: Written, rig: VerifyRig): Promise<string> {
  const { naturalKey } = written;
  const inLedger = await createdAt(rig.sandbox, naturalKey);
  if (inLedger !== 1) {
    throw new CheckFailure(
      `${operation.name} created ${naturalKey}, and the sandbox's ledger has ${inLedger} of it. Record each effect there under the record's natural key, in its canonical form.`,
    );
  }
  const holds = guaranteeClass(operation.guarantee);
  if (operation.guarantee.kind !== 'naturalKey')
    return `${operation.name} (class ${holds}) creates one record`;
  const second = await writeOnce(operation, written, rig);
  const after = await createdAt(rig.sandbox, naturalKey);
  if (after === 1) return `${operation.name} (class ${holds}) creates one record; repeated: ${second.detail}`;
  throw new CheckFailure(
    `${operation.name} repeated with the same natural key made ${after} records. Its guarantee is naturalKey: the vendor must find the record by it.`,
  );
}
