import { isConnectionLost, type Store } from '@onceover/store';
import type { Catalog } from '../automations/catalog.ts';
import type { BackoffOptions } from '../engine/backoff.ts';
import type { LaneSession } from '../engine/lane-engine.ts';
import type { EventRecorder } from '../events/record-events.ts';
import type { BrokerPort, Clock, Log } from '../ports.ts';
import type { LaneWrites, TakenWrites } from './lane-writes.ts';
import { LaneLostError } from '../engine/lane-lost-error.ts';
import type { Run } from '../events/run.ts';

import { EarlierRunFailedError } from './earlier-run-failed-error.ts';
import type { WorkSaver } from './save-work.ts';

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

/** What a run did in an attempt that is over. */
export interface EndedRun {
  run: Run;
  writes: TakenWrites;
}

/** A run's place: its lane, and what is gathered for the lane's next save. */
export interface WorkContext {
  ports: WorkPorts;
  session: LaneSession<Run>;
  /** Of the lane's runs before this one, not saved yet. */
  before: EndedRun[];
  writes: LaneWrites;
  run: Run;
}

/** The lane is not ours any more, its head is another run, or the database is away: nothing that this run has done. */
export function isLaneTrouble(error: unknown): boolean {
  return error instanceof LaneLostError || error instanceof EarlierRunFailedError || isConnectionLost(error);
}
