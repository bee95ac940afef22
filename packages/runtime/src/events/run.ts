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
  hasSteps: boolean;
}
