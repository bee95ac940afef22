import { type JsonValue, parseJson, readPointer, type WebhookManifest } from '@onceover/contract';

/** A delivery's body, read by the trigger's manifest; undefined when it is not what the trigger delivers. */
export interface DeliveryBody {
  json: JsonValue;
  items: readonly JsonValue[];
}

export function readBody(trigger: WebhookManifest, rawBody: Buffer): DeliveryBody | undefined {
  let json: JsonValue;
  try {
    json = parseJson(rawBody.toString('utf8'));
  } catch {
    return undefined;
  }
  if (trigger.items === undefined) return { json, items: [json] };
  const items = readPointer(json, trigger.items);
  return Array.isArray(items) ? { json, items: items as readonly JsonValue[] } : undefined;
}

/** The headers that the trigger's manifest names: what is kept of a delivery besides its body. */
export function keptHeaders(
  trigger: WebhookManifest,
  headers: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const { signature, key, record, account } = trigger;
  const fields = [...key, ...record, ...(account === undefined ? [] : [account])];
  const names = [
    signature.header,
    signature.timestamp?.header,
    ...signature.signed.map((part) =>
      typeof part === 'object' && 'header' in part ? part.header : undefined,
    ),
    ...fields.map((field) => ('header' in field ? field.header : undefined)),
    'content-type',
  ];
  const kept: Record<string, string> = {};
  for (const name of names) {
    const lower = name?.toLowerCase();
    const value = lower === undefined ? undefined : headers[lower];
    if (lower !== undefined && value !== undefined) kept[lower] = value;
  }
  return kept;
}
