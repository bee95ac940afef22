/** Many callers, few transactions: what arrives while one is under way goes together with the next. */
export interface GroupCommit<Entry, Result> {
  /** Resolves when the entry's group is committed. @throws {QueueFullError} */
  add(entry: Entry): Promise<Result>;
  /** Entries that wait or are being committed. */
  readonly size: number;
}

/** More entries wait than the caller allowed. */
export class QueueFullError extends Error {
  constructor() {
    super('too many entries wait to be committed');
    this.name = 'QueueFullError';
  }
}

export interface GroupCommitOptions<Entry, Result> {
  /** Commits a group; gives one result for each entry, in order. */
  flush(entries: readonly Entry[]): Promise<readonly Result[]>;
  /** Whether a failed group is worth trying entry by entry, so that one bad entry does not fail the others. */
  shouldIsolate(error: unknown): boolean;
  maxBatch?: number;
  /** Groups under way at once. */
  maxInFlight?: number;
  maxQueued?: number;
}

interface Waiting<Entry, Result> {
  entry: Entry;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export function createGroupCommit<Entry, Result>({
  flush,
  shouldIsolate,
  maxBatch = 256,
  maxInFlight = 2,
  maxQueued = Number.POSITIVE_INFINITY,
}: GroupCommitOptions<Entry, Result>): GroupCommit<Entry, Result> {
  const queue: Waiting<Entry, Result>[] = [];
  let inFlight = 0;
  let committing = 0;
  let isScheduled = false;

  const settle = async (group: readonly Waiting<Entry, Result>[]): Promise<void> => {
    try {
      const results = await flush(group.map(({ entry }) => entry));
      for (const [index, { resolve }] of group.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (group.length > 1 && shouldIsolate(error)) {
        for (const one of group) await settle([one]);
      } else {
        for (const { reject } of group) reject(error);
      }
    }
  };
  const schedule = () => {
    if (isScheduled || queue.length === 0 || inFlight >= maxInFlight) return;
    isScheduled = true;
    // After the I/O callbacks of this turn: what they add goes together.
    setImmediate(start);
  };
  const start = () => {
    isScheduled = false;
    const group = queue.splice(0, maxBatch);
    if (group.length === 0) return;
    inFlight += 1;
    committing += group.length;
    void settle(group).finally(() => {
      inFlight -= 1;
      committing -= group.length;
      schedule();
    });
    schedule();
  };
  return {
    add(entry) {
      if (queue.length >= maxQueued) return Promise.reject(new QueueFullError());
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      queue.push({ entry, resolve, reject });
      schedule();
      return promise;
    },
    get size() {
      return queue.length + committing;
    },
  };
}
