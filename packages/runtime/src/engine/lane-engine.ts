import type { Clock, Log } from '../ports.ts';
import { LaneLostError } from './lane-lost-error.ts';

/** A leased lane with the work that stands in it, in order. */
export interface ClaimedLane<Work> {
  id: string;
  tenant: string;
  flow: string;
  key: string;
  /** The fencing token: every write names it, and one that is not the lane's latest is dropped. */
  epoch: number;
  work: readonly Work[];
}

/** What sequences work: the whole of what the engine needs of a database. */
export interface LanePort<Work> {
  /** Leases lanes that are ready, longest ready first. By the database's clock. */
  claim(request: { limit: number; leaseMs: number }): Promise<readonly ClaimedLane<Work>[]>;
  /** Extends leases; gives the ids of those that are still held. */
  extend(lanes: readonly { id: string; epoch: number }[], leaseMs: number): Promise<ReadonlySet<string>>;
  /** Gives a lane back, ready after a while, its work as it is. */
  release(lane: { id: string; epoch: number }, afterMs: number): Promise<void>;
}

/** A lane in a worker's hands. */
export interface LaneSession<Work> {
  readonly lane: ClaimedLane<Work>;
  /** Aborted when the lane is lost, and when the engine gives up waiting at its stop. */
  readonly signal: AbortSignal;
  /** True when the worker should give the lane back at the next good moment. */
  readonly isStopping: boolean;
  /** Whether the lease lasts for so long yet, by a clock that only goes forward. @throws {LaneLostError} otherwise */
  requireHeld(marginMs: number): void;
  /** Tells the engine that the lane was given back by a write of the worker. */
  released(next: { wakeAfterMs: number | null }): void;
}

export interface LaneEngineOptions<Work> {
  port: LanePort<Work>;
  /** Does the work of a lane and gives it back. What it throws is logged, and the lane becomes ready again later. */
  handle(session: LaneSession<Work>): Promise<void>;
  clock: Clock;
  log: Log;
  leaseMs: number;
  /** Lanes at once. */
  concurrency: number;
  /** The slow poll beneath the wake-ups. */
  pollMs: number;
  /** How long a lane rests after its worker failed. */
  failurePauseMs: number;
}

export interface LaneEngine<Work> extends LaneTaker<Work> {
  start(): void;
  /** There may be work: look now. */
  wake(): void;
  /** Claims no more, lets workers come to a good moment, and aborts them after `timeoutMs`. */
  stop(options: { timeoutMs: number }): Promise<void>;
  readonly active: number;
}

/** Takes lanes that were made by this runner and began leased: nobody has to claim them. */
export interface LaneTaker<Work> {
  /** Sets places aside for lanes; gives how many, none while older work waits. Follow it by one `take`. */
  reserve(wanted: number): number;
  /** Begins work on lanes, and frees the places that were set aside. `startedMs`: when the leases may have begun. */
  take(reserved: number, lanes: readonly ClaimedLane<Work>[], startedMs: number): void;
}

interface Held<Work> {
  lane: ClaimedLane<Work>;
  deadlineMs: number;
  abort: AbortController;
  done: Promise<void>;
}

/** How long an aborted worker may take to end. */
const abortGraceMs = 300;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Claims lanes, keeps their leases alive, and runs a worker for each. One timer for all. */
export function createLaneEngine<Work>(options: LaneEngineOptions<Work>): LaneEngine<Work> {
  const { port, handle, clock, log, leaseMs, concurrency, pollMs, failurePauseMs } = options;
  const held = new Map<string, Held<Work>>();
  let isRunning = false;
  let isStopping = false;
  let isClaiming = false;
  /** Something may have become ready since the last look. */
  let mayHaveWork = false;
  let reservedPlaces = 0;
  let pollTimer: NodeJS.Timeout | undefined;
  let pollAtMs = Number.POSITIVE_INFINITY;
  let heartbeat: NodeJS.Timeout | undefined;
  let heartbeatDone: Promise<void> = Promise.resolve();
  let isBeating = false;

  const pollAfter = (ms: number) => {
    // What is due later than the next poll is found by it.
    const at = clock.monotonicMs() + Math.min(ms, pollMs);
    if (!isRunning || isStopping || at >= pollAtMs) return;
    clearTimeout(pollTimer);
    pollAtMs = at;
    pollTimer = setTimeout(() => {
      pollAtMs = Number.POSITIVE_INFINITY;
      wake();
    }, at - clock.monotonicMs());
  };
  const wake = () => {
    mayHaveWork = true;
    void claim();
  };

  const claim = async (): Promise<void> => {
    if (isClaiming || !isRunning) return;
    isClaiming = true;
    try {
      while (mayHaveWork && !isStopping) {
        const free = concurrency - held.size - reservedPlaces;
        // Few free places are not worth a statement while the others work.
        if (free < Math.max(1, concurrency / 8)) break;
        mayHaveWork = false;
        const startedMs = clock.monotonicMs();
        const lanes = await port.claim({ limit: free, leaseMs });
        if (lanes.length === free) mayHaveWork = true;
        for (const lane of lanes) begin(lane, startedMs + leaseMs);
      }
      pollAfter(pollMs);
    } catch (error) {
      log.warn({ err: error }, 'lanes could not be claimed');
      mayHaveWork = true;
      pollAfter(pollMs);
    } finally {
      isClaiming = false;
    }
  };

  const begin = (lane: ClaimedLane<Work>, deadlineMs: number): void => {
    const abort = new AbortController();
    const one: Held<Work> = { lane, deadlineMs, abort, done: Promise.resolve() };
    const previous = held.get(lane.id);
    // A lane comes back to its own runner when the lease had run out unnoticed.
    previous?.abort.abort(new LaneLostError());
    held.set(lane.id, one);
    one.done = work(one).finally(() => {
      if (held.get(lane.id) === one) held.delete(lane.id);
      if (mayHaveWork) void claim();
    });
  };

  const work = async (one: Held<Work>): Promise<void> => {
    let isReleased = false;
    const session: LaneSession<Work> = {
      lane: one.lane,
      signal: one.abort.signal,
      get isStopping() {
        return isStopping;
      },
      requireHeld(marginMs) {
        if (one.abort.signal.aborted || clock.monotonicMs() + marginMs >= one.deadlineMs) {
          throw new LaneLostError();
        }
      },
      released({ wakeAfterMs }) {
        isReleased = true;
        if (wakeAfterMs === 0) mayHaveWork = true;
        else if (wakeAfterMs !== null) pollAfter(wakeAfterMs);
      },
    };
    try {
      await handle(session);
    } catch (error) {
      if (error instanceof LaneLostError)
        log.info({ lane: one.lane.id }, 'a lane was lost to another runner');
      else log.error({ err: error, lane: one.lane.id, flow: one.lane.flow }, 'a worker failed');
    }
    if (isReleased) return;
    const afterMs = isStopping ? 0 : failurePauseMs;
    await port.release(one.lane, afterMs).catch((error: unknown) => {
      log.warn({ err: error, lane: one.lane.id }, 'a lane could not be given back: its lease will run out');
    });
    pollAfter(afterMs);
  };

  const beat = async (): Promise<void> => {
    const lanes = [...held.values()];
    if (lanes.length === 0) return;
    isBeating = true;
    const startedMs = clock.monotonicMs();
    try {
      const kept = await port.extend(
        lanes.map(({ lane }) => lane),
        leaseMs,
      );
      for (const one of lanes) {
        if (kept.has(one.lane.id)) one.deadlineMs = startedMs + leaseMs;
        // Also a worker that has just given its lane back: it has nothing left to abort.
        else lose(one);
      }
    } catch (error) {
      log.warn({ err: error }, 'leases could not be extended');
    }
    isBeating = false;
    loseExpired();
  };
  const loseExpired = () => {
    const now = clock.monotonicMs();
    for (const one of held.values()) if (now >= one.deadlineMs) lose(one);
  };
  const lose = (one: Held<Work>) => one.abort.abort(new LaneLostError());

  return {
    start() {
      if (isRunning) return;
      isRunning = true;
      isStopping = false;
      heartbeat = setInterval(() => {
        // A statement that hangs extends nothing, and says nothing either.
        if (isBeating) loseExpired();
        else heartbeatDone = beat();
      }, leaseMs / 3);
      wake();
    },
    wake,
    reserve(wanted) {
      if (!isRunning || isStopping || mayHaveWork) return 0;
      const places = Math.max(0, Math.min(wanted, concurrency - held.size - reservedPlaces));
      reservedPlaces += places;
      return places;
    },
    take(reserved, lanes, startedMs) {
      reservedPlaces -= reserved;
      for (const lane of lanes) begin(lane, startedMs + leaseMs);
      if (mayHaveWork) void claim();
    },
    async stop({ timeoutMs }) {
      isStopping = true;
      clearTimeout(pollTimer);
      pollAtMs = Number.POSITIVE_INFINITY;
      const all = () => Promise.allSettled([...held.values()].map(({ done }) => done));
      const timeout = setTimeout(() => {
        for (const { abort } of held.values()) abort.abort(new Error('the runner stops'));
      }, timeoutMs);
      const hardStopMs = clock.monotonicMs() + timeoutMs + abortGraceMs;
      // A claim under way may still bring lanes.
      while ((isClaiming || reservedPlaces > 0 || held.size > 0) && clock.monotonicMs() < hardStopMs) {
        await Promise.race([all(), pause(abortGraceMs)]);
        await pause(1);
      }
      if (held.size > 0)
        log.warn({ lanes: held.size }, 'workers did not end in time: their leases will run out');
      clearTimeout(timeout);
      clearInterval(heartbeat);
      await Promise.race([heartbeatDone, pause(abortGraceMs)]);
      isRunning = false;
    },
    get active() {
      return held.size;
    },
  };
}
