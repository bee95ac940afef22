import { isRefuted, sqlStateOf } from '@onceover/store';

/**
 * Whether what was to be stored is itself at fault: too deep, too long, out of a type's range. Anything else passes: a
 * time-out, a full disk, a database that only reads.
 */
export function isContentAtFault(error: unknown): boolean {
  if (error instanceof RangeError) return true;
  const state = sqlStateOf(error);
  return state !== undefined && (/^(22|54)/.test(state) || state === '23514');
}

/** Whether the database refused the moment, not the statement: nothing was stored, and the same may well be soon. */
export function isPassing(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && /^(25|40|53|55|57|58)/.test(state) && !isRefuted(error);
}
