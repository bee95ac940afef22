import { type ErrorData, type JsonValue, stringifyJson } from '@onceover/contract';
import type { RecordedItems } from '@onceover/store';
import type { DataProblem } from '../events/validate-data.ts';
import { storable } from '../events/storable.ts';

export type QuarantinedRow = NonNullable<RecordedItems['quarantined']>[number];

const nothing = {
  hook_id: null,
  connection: null,
  trigger: null,
  delivery_id: null,
  item_key: null,
  event_type: null,
  path: null,
  value: null,
  data: null,
};

/** A delivery whose signature holds and whose body cannot be read: its bytes are kept with the delivery. */
export function malformedDelivery(delivery: {
  quarantineId: string;
  id: string;
  tenant: string;
  hookId: string;
  trigger: string;
}): QuarantinedRow {
  return {
    ...nothing,
    id: delivery.quarantineId,
    tenant: delivery.tenant,
    kind: 'delivery',
    hook_id: delivery.hookId,
    trigger: delivery.trigger,
    delivery_id: delivery.id,
    code: 'delivery_malformed',
    detail: 'The body is not the JSON that this trigger delivers.',
  };
}

interface ItemPlace {
  quarantineId: string;
  tenant: string;
  connection: string;
  trigger: string;
  deliveryId: string;
  key: string;
  item: JsonValue;
}

/** An item that cannot be read, or that its connector could not normalise. */
export function failedItem(
  place: ItemPlace,
  error: Pick<ErrorData, 'code' | 'message' | 'path'>,
): QuarantinedRow {
  return {
    ...itemPlace(place),
    kind: 'item',
    code: error.code,
    detail: storable(error.message),
    path: error.path ?? null,
    data: stringifyJson(place.item),
  };
}

/** An event that does not pass its type's schema: the first place and value tell why. */
export function invalidEvent(
  place: ItemPlace,
  event: { type: string; data: JsonValue },
  problems: readonly DataProblem[],
): QuarantinedRow {
  const [first] = problems;
  return {
    ...itemPlace(place),
    kind: 'event',
    event_type: event.type,
    code: first === undefined ? 'event_type_unknown' : 'event_invalid',
    detail: storable(
      first === undefined
        ? `No event type ${event.type} is known here.`
        : problems.map(({ path, detail }) => `${path === '' ? '/' : path}: ${detail}`).join('; '),
    ),
    path: first?.path ?? null,
    value: first?.value === undefined ? null : stringifyJson(first.value),
    data: stringifyJson(event.data),
  };
}

function itemPlace({ quarantineId, tenant, connection, trigger, deliveryId, key }: ItemPlace) {
  return {
    ...nothing,
    id: quarantineId,
    tenant,
    connection,
    trigger,
    delivery_id: deliveryId,
    item_key: key,
  };
}
