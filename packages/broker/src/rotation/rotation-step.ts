import { ConflictError, type SecretFact } from '@onceover/contract';
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

/** @param startedAt when the lease was asked for, of `performance.now()` */
export function stepFacts(
  step: Pick<StepFacts, 'row' | 'holder' | 'fact'>,
  startedAt: number,
  { leaseMs }: { leaseMs: number },
): StepFacts {
  const untilMs = startedAt + leaseMs * 0.8;
  const mayStart = () => {
    if (performance.now() > untilMs) throw leaseLost();
  };
  return { ...step, signal: AbortSignal.timeout(leaseMs * 0.4), mayStart };
}

export function leaseLost(): ConflictError {
  return new ConflictError('Another runner has gone on with this rotation', { code: 'rotation_lease_lost' });
}

type Change = Omit<RotationChange, 'id' | 'epoch'>;

/** What a step came to; it is stored in one transaction with its audit entry. */
export interface StepResult {
  change: Change;
  /** Noun and verb: `rotation-created`. */
  kind: string;
  payload?: object;
  /** Secret versions that change with it, and what of the change and its audit entry depends on them. */
  within?: (db: Queryable) => Promise<(Partial<Change> & { payload?: object }) | void>;
  /** When it cannot be stored: takes back what was done at the vendor. */
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
