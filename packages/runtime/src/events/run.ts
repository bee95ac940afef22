import type { EventView } from '@onceover/automation/host';

/** A run in a worker's hands. */
export interface Run {
  id: string;
  tenant: string;
  flow: string;
  flowVersion: number;
  key: string;
  event: EventView;
  /** Attempts before this one. */
  attempts: number;
  /** Milliseconds until it may go on, when it waits. */
  wakeInMs: number | null;
  /** Whether it waited for a timer that is over, by the database's clock. */
  isTimerOver: boolean;
  /** How long its present step has been failing: the pauses between its attempts. */
  failingMs: number;
  hasSteps: boolean;
}
