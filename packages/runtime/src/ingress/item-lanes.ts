import { type JsonValue, parseJson } from '@onceover/contract';
import { claimLanes, extendLanes, loadLaneItems, releaseLane, type Store } from '@onceover/store';
import type { LanePort } from '../engine/lane-engine.ts';

/** An item that waits to be hydrated and normalised. */
export interface WaitingItem {
  connection: string;
  tenant: string;
  trigger: string;
  key: string;
  recordKey: string;
  deliveryId: string;
  isEcho: boolean;
  item: JsonValue;
  attempts: number;
}

const itemsPerLane = 50;

/** Lanes of items, in the database: one for each record of a connection's trigger. */
export function createItemLanes({ store, owner }: { store: Store; owner: string }): LanePort<WaitingItem> {
  return {
    async claim({ limit, leaseMs }) {
      const lanes = await claimLanes(store, { kind: 'item', limit, owner, leaseMs });
      if (lanes.length === 0) return [];
      const rows = await loadLaneItems(
        store,
        lanes.map(({ id }) => id),
        itemsPerLane,
      );
      const byLane = Map.groupBy(rows, ({ lane_id }) => lane_id);
      return lanes.map((lane) => ({
        ...lane,
        work: (byLane.get(lane.id) ?? []).map((row) => ({
          connection: row.connection,
          tenant: lane.tenant,
          trigger: row.trigger,
          key: row.key,
          recordKey: row.record_key,
          deliveryId: row.delivery_id,
          isEcho: row.is_echo,
          item: parseJson(row.item),
          attempts: row.attempts,
        })),
      }));
    },
    async extend(lanes, leaseMs) {
      return new Set((await extendLanes(store, lanes, leaseMs)).map(({ id }) => id));
    },
    release: ({ id, epoch }, afterMs) => releaseLane(store, { id, epoch, afterMs }),
  };
}
