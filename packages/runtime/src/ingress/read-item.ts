import { type Field, type JsonValue, readPointerText, type WebhookManifest } from '@onceover/contract';
import { storable, storableTime } from '../events/storable.ts';

/** Longer keys are no keys: an index could not hold them. */
const maxKeyLength = 512;

/** What makes an item unique, and whose it is. */
export interface ItemFacts {
  /** Undefined when a field of it is missing, or it is too long. */
  key: string | undefined;
  recordKey: string;
  account: string | undefined;
}

export function readItem(
  trigger: WebhookManifest,
  item: JsonValue,
  headers: Readonly<Record<string, string>>,
): ItemFacts {
  const read = (field: Field) =>
    'pointer' in field ? readPointerText(item, field.pointer) : headers[field.header.toLowerCase()];
  const join = (fields: readonly Field[]) => {
    const parts = fields.map(read);
    return parts.every((part) => part !== undefined && part !== '') ? storable(parts.join(':')) : undefined;
  };
  const key = join(trigger.key);
  const isUsable = key !== undefined && key.length <= maxKeyLength;
  const record = join(trigger.record);
  return {
    key: isUsable ? key : undefined,
    // An item that names no record is about nothing but itself.
    recordKey: record !== undefined && record.length <= maxKeyLength ? record : (key ?? ''),
    account: trigger.account === undefined ? undefined : read(trigger.account),
  };
}

/** The item's own time at the vendor. */
export function itemTime(
  { time }: { time: { pointer: string; unit: 'seconds' | 'milliseconds' | 'rfc3339' } },
  item: JsonValue,
): Date | undefined {
  const text = readPointerText(item, time.pointer);
  if (text === undefined) return undefined;
  const at =
    time.unit === 'rfc3339' ? new Date(text) : new Date(Number(text) * (time.unit === 'seconds' ? 1000 : 1));
  return storableTime(at);
}

/** Whether the item is hydrated before it is normalised. */
export function needsRecord({ hydrate }: WebhookManifest, item: JsonValue): boolean {
  if (hydrate === undefined) return false;
  if (hydrate.when === undefined) return true;
  const value = readPointerText(item, hydrate.when.pointer);
  return value !== undefined && hydrate.when.oneOf.includes(value);
}
