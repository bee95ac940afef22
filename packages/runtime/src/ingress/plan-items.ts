import type { Hook } from '@onceover/broker';
import { stringifyJson } from '@onceover/contract';
import type { RecordedItems, Store } from '@onceover/store';
import { anyTenant, type Change } from '../audit/build-leaves.ts';
import { laneId } from '../engine/lane-id.ts';
import { planEvent, type PlannedEvent } from '../events/fan-out.ts';
import { failedItem, type QuarantinedRow } from '../quarantine/quarantined.ts';
import { findEchoes } from './find-echoes.ts';
import { normalizeItems, type NormalizerPorts, type ReadyItem } from './normalize-items.ts';
import { placeOf, type SplitItem } from './split-deliveries.ts';

type ItemRow = NonNullable<RecordedItems['items']>[number];

/** An item with its row and with all that it leads to. */
export interface PlannedItem {
  row: ItemRow;
  /** The lane it waits in to be hydrated. */
  lane: { id: string; tenant: string; flow: string; key: string } | null;
  events: readonly PlannedEvent[];
  quarantined: readonly QuarantinedRow[];
  changes: readonly Change[];
}

/** Decides what becomes of each item: set aside, quarantined, waiting for its record, or events. No transaction is open yet. */
export async function planItems(
  hook: Hook,
  items: readonly SplitItem[],
  ports: NormalizerPorts & { store: Store },
  options: { signal: AbortSignal; isPatient: boolean },
): Promise<readonly PlannedItem[]> {
  const routed = items.flatMap((item) =>
    item.connection === undefined || item.facts.key === undefined
      ? []
      : [{ ...item, connection: item.connection }],
  );
  const echoes = await findEchoes(routed, ports.store);
  const echoKeys = new Set(
    routed.filter((_, index) => echoes.has(index)).map((item) => identity(hook, item)),
  );
  const ready = routed
    .filter(({ trigger }) => trigger.hydrate === undefined)
    .map((item) => readyItem(item, item.connection, echoKeys.has(identity(hook, item))));
  const normalized = await normalizeItems(ready, ports, options.signal, options);
  const resultOf = new Map(ready.map((one, index) => [one.item, normalized[index]]));
  return Promise.all(
    items.map(async (item): Promise<PlannedItem> => {
      const isEcho = echoKeys.has(identity(hook, item));
      if (item.connection === undefined) return setAside(hook, item);
      if (item.facts.key === undefined) return quarantineKeyless(hook, item, ports);
      if (item.trigger.hydrate !== undefined) return waiting(hook, item, isEcho);
      const result = resultOf.get(item.item);
      const events = await Promise.all(
        (result?.events ?? []).map((event) => planEvent(event, ports.catalog)),
      );
      const quarantined = result?.quarantined ?? [];
      const status = result?.isFailed === true ? 'quarantined' : isEcho ? 'echo' : 'done';
      return {
        row: rowOf(hook, item, status, isEcho),
        lane: null,
        events,
        quarantined,
        changes: changesOf(item, { isEcho, quarantined }),
      };
    }),
  );
}

export function identity(hook: Hook, item: SplitItem): string {
  return JSON.stringify([placeOf(hook, item), item.trigger.name, item.key]);
}

function readyItem(item: SplitItem, connection: ReadyItem['connection'], isEcho: boolean): ReadyItem {
  const { trigger, key, facts, deliveryId } = item;
  return {
    connection,
    trigger,
    key,
    recordKey: facts.recordKey,
    deliveryId,
    isEcho,
    item: item.item,
    record: undefined,
  };
}

function rowOf(hook: Hook, item: SplitItem, status: ItemRow['status'], isEcho: boolean): ItemRow {
  const isKept = status !== 'done' && status !== 'echo';
  return {
    connection: placeOf(hook, item),
    trigger: item.trigger.name,
    key: item.key,
    tenant: tenantOf(item),
    record_key: item.facts.recordKey,
    delivery_id: item.deliveryId,
    position: item.position,
    status,
    is_echo: isEcho,
    item: isKept ? stringifyJson(item.item) : null,
    lane_id: null,
  };
}

function tenantOf({ connection }: SplitItem): string {
  return connection?.tenant ?? anyTenant;
}

function setAside(hook: Hook, item: SplitItem): PlannedItem {
  return {
    row: rowOf(hook, item, 'set_aside', false),
    lane: null,
    events: [],
    quarantined: [],
    changes: [
      {
        tenant: anyTenant,
        kind: 'item-set-aside',
        subject: `${item.deliveryId}/${item.position}`,
        payload: { hook: placeOf(hook, item) },
      },
    ],
  };
}

function quarantineKeyless(hook: Hook, item: SplitItem, ports: NormalizerPorts): PlannedItem {
  const place = {
    quarantineId: ports.randomness.uuid(),
    tenant: tenantOf(item),
    connection: placeOf(hook, item),
    trigger: item.trigger.name,
    deliveryId: item.deliveryId,
    key: item.key,
    item: item.item,
  };
  const quarantined = [
    failedItem(place, {
      code: 'item_key_missing',
      message: 'A field that makes the item unique is missing, or it is too long.',
    }),
  ];
  return {
    row: rowOf(hook, item, 'quarantined', false),
    lane: null,
    events: [],
    quarantined,
    changes: changesOf(item, { isEcho: false, quarantined }),
  };
}

/** Items of triggers that hydrate stand in a lane per record, so that one that must wait holds back those behind it. */
function waiting(hook: Hook, item: SplitItem, isEcho: boolean): PlannedItem {
  const facts = {
    tenant: tenantOf(item),
    flow: `${placeOf(hook, item)}/${item.trigger.name}`,
    key: item.facts.recordKey,
  };
  const id = laneId({ kind: 'item', ...facts });
  return {
    row: { ...rowOf(hook, item, 'pending', isEcho), lane_id: id },
    lane: { id, ...facts },
    events: [],
    quarantined: [],
    changes: [],
  };
}

function changesOf(
  item: SplitItem,
  facts: { isEcho: boolean; quarantined: readonly QuarantinedRow[] },
): readonly Change[] {
  const tenant = tenantOf(item);
  const subject = `${item.deliveryId}/${item.position}`;
  const echo: Change[] = facts.isEcho ? [{ tenant, kind: 'item-echoed', subject, payload: {} }] : [];
  return [...echo, ...quarantineChanges(facts.quarantined, tenant, subject)];
}

export function quarantineChanges(
  rows: readonly QuarantinedRow[],
  tenant: string,
  subject: string,
): readonly Change[] {
  return rows.map(({ id, code, path }) => ({
    tenant,
    kind: 'item-quarantined',
    subject,
    payload: { quarantine: id, code, path },
  }));
}
