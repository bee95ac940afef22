import { createHash } from 'node:crypto';
import {
  type JsonValue,
  type KeyedRecord,
  naturalKeyOf,
  type OperationManifest,
  ValidationError,
} from '@onceover/contract';

/**
 * Records with the keys a runtime would give them: the effect key is the same for the same operation, event and
 * natural key.
 * @throws {ValidationError} when two records have one natural key, or when they are more than a call may carry
 */
export function keyRecords(
  operation: OperationManifest,
  records: readonly JsonValue[],
  event: string,
): KeyedRecord<JsonValue>[] {
  if (operation.kind !== 'write') throw new ValidationError(`${operation.name} is not a write`);
  if (records.length > operation.batch.max) {
    throw new ValidationError(`${operation.name} takes ${operation.batch.max} records a call`);
  }
  const seen = new Set<string>();
  return records.map((record) => {
    const naturalKey = naturalKeyOf(operation.naturalKey, record);
    if (seen.has(naturalKey)) throw new ValidationError(`Two records have the natural key ${naturalKey}`);
    seen.add(naturalKey);
    const effectKey = createHash('sha256')
      .update([operation.name, event, naturalKey].join('\n'))
      .digest('hex');
    return { record, naturalKey, effectKey };
  });
}
