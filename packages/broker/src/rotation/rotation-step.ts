import type { SecretFact } from '@onceover/contract';
import type { Queryable, RotationChange, RotationRow } from '@onceover/store';
import type { HookCall } from './run-hook.ts';
import type { SecretHolder } from './secret-holder.ts';

/** One step of a rotation, under its lease. */
export interface StepFacts {
  row: RotationRow;
  holder: SecretHolder;
  fact: SecretFact;
  /** Ends before the lease does. */
  signal: AbortSignal;
  /** @throws when the lease may be over: nothing is sent then */
  mayStart: () => void;
}

type Change = Omit<RotationChange, 'id' | 'epoch'>;

/** What a step came to; it is stored in one transaction with its audit entry. */
export interface StepResult {
  change: Change;
  /** Noun and verb: `rotation-created`. */
  kind: string;
  payload?: object;
  /** Secret versions that change with it, and what of the change depends on them. */
  within?: (db: Queryable) => Promise<Partial<Change> | void>;
  /** When the lease was lost meanwhile: takes back what was done at the vendor. */
  undo?: () => Promise<void>;
}

/** The facts of a hook's call that are the same for each of a step. */
export function hookFacts({
  row,
  fact,
  signal,
  mayStart,
}: StepFacts): Omit<HookCall, 'hook' | 'as' | 'values'> {
  const { version, reference, vendorSecretId } = row;
  return { fact, version, reference, vendorSecretId, signal, mayStart };
}
