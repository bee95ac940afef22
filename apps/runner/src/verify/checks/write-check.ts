import {
  guaranteeClass,
  type JsonValue,
  keepsSubscription,
  naturalKeyOf,
  type OperationManifest,
} from '@onceover/contract';
import type { SandboxClient } from '../../demo/sandbox-client.ts';
import { type Check, CheckFailure, NotRun } from '../check.ts';
import { sampleOf } from '../sample-record.ts';
import { connectionId, type VerifyRig } from '../verify-rig.ts';

export type WriteOperation = Extract<OperationManifest, { kind: 'write' }>;

export interface Written {
  record: JsonValue;
  naturalKey: string;
}

/** Writes that can be tried: those that keep an effect single best come first, those that move money or delete last. */
export function writesOf({ connector }: VerifyRig): readonly WriteOperation[] {
  const order = ['write', 'message', 'money', 'delete'];
  return (
    connector.manifest.operations
      .filter((operation) => operation.kind === 'write')
      // The broker alone calls what keeps a subscription.
      .filter(({ name }) => !keepsSubscription(connector.manifest, name))
      .sort(
        (a, b) =>
          order.indexOf(a.impact) - order.indexOf(b.impact) ||
          guaranteeClass(a.guarantee).localeCompare(guaranteeClass(b.guarantee)),
      )
  );
}

/** A new record of an operation; undefined when its schema asks for more than is guessed. */
export function newRecord(operation: WriteOperation, rig: VerifyRig): Written | undefined {
  const record = sampleOf(operation.record, rig.nextNumber());
  if (record === undefined) return undefined;
  return { record, naturalKey: naturalKeyOf(operation.naturalKey, record) };
}

/** What became of one record: an outcome, or the error. */
export async function writeOnce(
  operation: WriteOperation,
  { record, naturalKey }: Written,
  { broker, nextNumber }: VerifyRig,
): Promise<{ outcome: string; detail: string }> {
  const effectKey = broker.effectKey([connectionId, operation.name, naturalKey, String(nextNumber())]);
  const { reply } = await broker.call({
    tenant: 'default',
    connection: connectionId,
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

/** Finds a write that the sandbox takes with a record made from its schema, and repeats it. */
export function writeCheck(rig: VerifyRig, found: { write?: WriteOperation }): Check {
  return {
    name: 'write',
    async run() {
      const refused: string[] = [];
      for (const operation of writesOf(rig)) {
        const written = newRecord(operation, rig);
        if (written === undefined) {
          refused.push(`${operation.name}: its schema asks for what cannot be guessed`);
          continue;
        }
        const first = await writeOnce(operation, written, rig);
        if (first.outcome === 'created') {
          found.write = operation;
          return repeat(operation, written, rig);
        }
        if (!vendorRefusals.has(first.outcome)) {
          throw new CheckFailure(
            `${operation.name} with ${JSON.stringify(written.record)} gave ${first.detail}. A new record must be \`created\`, and the sandbox must take what the manifest's schema takes.`,
          );
        }
        refused.push(`${operation.name}: ${first.detail}`);
      }
      throw new NotRun(`no write takes a record made from its schema alone. ${refused.join('; ')}`);
    },
  };
}

/** A made-up record names what is not there (a payment, a ticket): that is no fault of the connector. */
const vendorRefusals = new Set(['ValidationError', 'NotFoundError', 'ConflictError']);

async function repeat(operation: WriteOperation, written: Written, rig: VerifyRig): Promise<string> {
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
