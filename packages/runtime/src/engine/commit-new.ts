import { isRefuted } from '@onceover/store';

/** After a duplicate, as many groups look for known ones first: duplicates come in swarms. */
const wary = 20;
const maxAttempts = 5;

export interface NewOnlyOptions<Entry> {
  /** What makes an entry the same as another. */
  keyOf(entry: Entry): string;
  /** The indexes of entries that are stored already. */
  findKnown(entries: readonly Entry[]): Promise<ReadonlySet<number>>;
  /** Stores entries, all or nothing; refuted (see `isRefuted`) when one is stored already. */
  store(entries: readonly Entry[]): Promise<void>;
}

/**
 * Stores of each group what is new. A leaf must not speak of what was not stored, so a group is stored in one piece
 * or not at all; most hold nothing known, and are stored without looking first.
 * @returns for each entry whether it was known
 */
export function createNewOnlyCommit<Entry>(
  options: NewOnlyOptions<Entry>,
): (entries: readonly Entry[]) => Promise<readonly boolean[]> {
  const { keyOf, findKnown, store } = options;
  let groupsToCheck = 0;
  return async (entries) => {
    const seen = new Set<string>();
    const isRepeated = entries.map((entry) => seen.size === seen.add(keyOf(entry)).size);
    for (let attempt = 1; ; attempt += 1) {
      const isChecked = groupsToCheck > 0 || attempt > 1;
      const found = isChecked ? await findKnown(entries) : new Set<number>();
      groupsToCheck = Math.max(0, groupsToCheck - 1);
      const isKnown = entries.map((_, index) => isRepeated[index] === true || found.has(index));
      const fresh = entries.filter((_, index) => isKnown[index] === false);
      if (isKnown.includes(true)) groupsToCheck = wary;
      try {
        if (fresh.length > 0) await store(fresh);
        return isKnown;
      } catch (error) {
        // Somebody else stored one of them meanwhile.
        if (!isRefuted(error) || attempt >= maxAttempts) throw error;
      }
    }
  };
}
