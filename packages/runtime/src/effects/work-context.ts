import { isConnectionLost, type Store } from '@onceover/store';
import type { Catalog } from '../automations/catalog.ts';
import type { BackoffOptions } from '../engine/backoff.ts';
import type { LaneSession } from '../engine/lane-engine.ts';
import type { EventRecorder } from '../events/record-events.ts';
import type { BrokerPort, Clock, Log } from '../ports.ts';
import { joinWrites, type LaneWrites, type TakenWrites } from './lane-writes.ts';
import { LaneLostError } from '../engine/lane-lost-error.ts';
import type { Run } from '../events/run.ts';

import type { Release, WorkSaver } from './save-work.ts';

/** What workers share. */
export interface WorkPorts {
  store: Store;
  broker: BrokerPort;
  catalog: Catalog;
  recorder: Pick<EventRecorder, 'record'>;
  saver: WorkSaver;
  clock: Clock;
  log: Log;
  backoff: BackoffOptions;
  /** A lease must last for this long yet when something is sent. */
  sendMarginMs: number;
}

/** A run's place: its lane, and what is gathered for the lane's next save. */
export interface WorkContext {
  ports: WorkPorts;
  session: LaneSession<Run>;
  /** Of the lane's runs before this one, not saved yet. */
  before: TakenWrites[];
  writes: LaneWrites;
  run: Run;
}

/** Makes durable what was gathered; the lane stays held unless it is released. @throws {LaneLostError} */
export async function saveNow(context: WorkContext, release: Release | null = null): Promise<boolean> {
  const { ports, session, before, writes } = context;
  const { saver } = ports;
  const earlier = before.splice(0);
  try {
    return await saver.save(session.lane, joinWrites([...earlier, writes.take()]), release);
  } catch (error) {
    // What this run wrote cannot be stored: that must not take the runs before it along.
    const isOwnFault = !(error instanceof LaneLostError) && !isConnectionLost(error);
    if (isOwnFault && earlier.length > 0) await saver.save(session.lane, joinWrites(earlier), null);
    throw error;
  }
}
