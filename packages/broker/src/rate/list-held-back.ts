import { listCallGates, type Store } from '@onceover/store';
import type { Clock } from '../ports.ts';
import type { HeldBackReason } from './held-back.ts';

/** A connection whose calls are held back. */
export interface HeldBackConnection {
  tenant: string;
  connection: string;
  reason: Exclude<HeldBackReason, 'budget'>;
  /** By this machine's clock; a breaker lets one call try then. */
  until: Date;
}

export async function listHeldBack(store: Store, clock: Clock): Promise<readonly HeldBackConnection[]> {
  const nowMs = clock.now().getTime();
  const gates = await listCallGates(store);
  return gates.flatMap(({ tenant, connection, pausedMs, openMs }) => {
    const held = (reason: HeldBackConnection['reason'], leftMs: number | null) =>
      leftMs === null ? [] : [{ tenant, connection, reason, until: new Date(nowMs + leftMs) }];
    return [...held('pause', pausedMs), ...held('breaker', openMs)];
  });
}
