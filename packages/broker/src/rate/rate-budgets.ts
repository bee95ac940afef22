import { setTimeout as sleep } from 'node:timers/promises';
import type { ToldRateLimit } from '@onceover/contract';
import { leaseRateBudget, type Store } from '@onceover/store';
import type { Log } from '../ports.ts';
import { budgetTimes } from './budget-times.ts';
import { type Budget, scaled } from './budgets-of.ts';
import { createFairShare, type FairShare } from './fair-share.ts';
import type { GateLimits } from './gate-limits.ts';
import { heldBack } from './held-back.ts';

/**
 * Budgets that all runners share. A runner is given some requests at once, for a short time; within it a call costs no
 * look at the database.
 */
export interface RateBudgets {
  /** Takes one call's requests. @throws {RateLimitError} `held_back_budget` when that would take longer than a short wait */
  take(budget: Budget): Promise<Taken>;
  /** At once, or undefined. */
  takeNow(budget: Budget): Taken | undefined;
  /** For a call that goes whatever is left: what it takes is taken from what comes next. */
  owe(budget: Budget): Taken;
  /** Gives requests back that have not left. */
  giveBack(budget: Budget, taken: Taken): void;
  /** The vendor tells what its limit really is. */
  note(budget: Budget, told: ToldRateLimit): void;
}

/** Requests of a lease. */
export interface Taken {
  /** By this process's clock that only goes forward: no later may they leave. */
  until: number;
  requests: number;
  isOwed?: true;
}

/** What this process has of a budget. Times are of its clock that only goes forward. */
interface Purse {
  tokens: number;
  given: number;
  slot: number;
  until: number;
  /** Until when they are given to calls: the other half of the time is theirs to leave in. */
  takeUntil: number;
  /** How many to ask for: as many as were needed. */
  wanted: number;
  waiting: number;
  /** Nothing is to be had before. */
  emptyUntil: number;
  /** When the last call of a connection that was sent away has its turn; of connections that share the budget. */
  turns: Map<string, number>;
  /** Who of them goes first. */
  share: FairShare;
  /** Taken by calls that had to go, and not yet counted for all runners. */
  owed: number;
  told: { limit?: number; windowMs?: number };
  leasing: Promise<void> | undefined;
}

export function createRateBudgets(options: {
  store: Store;
  log: Log;
  monotonicMs: () => number;
  limits: GateLimits;
}): RateBudgets {
  const { store, log, monotonicMs, limits } = options;
  const purses = new Map<string, Purse>();

  const purseOf = ({ owner, name }: Budget): Purse => {
    const key = `${owner}\n${name}`;
    const known = purses.get(key);
    if (known !== undefined) return known;
    if (purses.size % sweepAt === sweepAt - 1) sweep();
    const fresh: Purse = {
      tokens: 0,
      given: 0,
      slot: 0,
      until: Number.NEGATIVE_INFINITY,
      takeUntil: Number.NEGATIVE_INFINITY,
      wanted: 1,
      waiting: 0,
      emptyUntil: Number.NEGATIVE_INFINITY,
      turns: new Map(),
      owed: 0,
      share: createFairShare(),
      told: {},
      leasing: undefined,
    };
    purses.set(key, fresh);
    return fresh;
  };

  /** Forgets those that nobody has used for a while: a runner meets thousands of connections in its life. */
  const sweep = () => {
    const nowMs = monotonicMs();
    for (const [key, { waiting, owed, until, emptyUntil, leasing }] of purses) {
      const isBusy = waiting > 0 || owed > 0 || leasing !== undefined;
      if (!isBusy && Math.max(until, emptyUntil) < nowMs - limits.longestMs) purses.delete(key);
    }
  };

  const lease = async (budget: Budget, purse: Purse, capacity: number, windowMs: number): Promise<void> => {
    const { leaseMs, slotMs, countsForMs, most } = budgetTimes(windowMs, capacity);
    const isUsedUp = purse.tokens === 0;
    const back = isUsedUp ? null : { slot: purse.slot, unused: purse.tokens };
    purse.wanted = isUsedUp ? purse.given * 2 : purse.given - purse.tokens;
    const cost = costOf(budget, capacity);
    const { owed } = purse;
    // A debt is paid in whatever pieces there are; a call needs all that it costs.
    const need = owed > 0 ? 1 : cost;
    const wanted = Math.max(cost, Math.min(most, Math.max(purse.wanted, purse.waiting * cost)));
    const want = Math.min(capacity, wanted + owed);
    Object.assign(purse, { tokens: 0, given: 0 });
    const { owner, name, tenant } = budget;
    // Before the question: the database gave them later.
    const askedAt = monotonicMs();
    const size = { capacity, windowMs: countsForMs, slotMs, leaseMs };
    const request = { owner, budget: name, tenant, ...size, need, want, back };
    const { granted, slot, afterMs } = await leaseRateBudget(store, request);
    const until = askedAt + leaseMs;
    const takeUntil = askedAt + leaseMs / 2;
    const paid = Math.min(granted, owed);
    purse.owed -= paid;
    const tokens = granted - paid;
    Object.assign(purse, { tokens, given: tokens, slot, until, takeUntil });
    if (granted === 0) purse.emptyUntil = monotonicMs() + afterMs;
  };

  const refill = (budget: Budget, purse: Purse, capacity: number, windowMs: number): Promise<void> => {
    purse.leasing ??= lease(budget, purse, capacity, windowMs)
      .catch((error: unknown) => {
        log.warn({ err: error, owner: budget.owner }, 'a rate budget could not be asked for');
        purse.emptyUntil = monotonicMs() + limits.viewMs;
      })
      .finally(() => {
        purse.leasing = undefined;
      });
    return purse.leasing;
  };

  const sizeOf = ({ capacity, scale, windowMs }: Budget, { told }: Purse) => ({
    capacity: told.limit === undefined ? capacity : scaled(told.limit, scale),
    windowMs: told.windowMs ?? windowMs,
  });

  const takeNow = (budget: Budget): Taken | undefined => {
    const purse = purseOf(budget);
    const { capacity } = sizeOf(budget, purse);
    if (capacity === null) return { until: Number.POSITIVE_INFINITY, requests: 0 };
    const requests = costOf(budget, capacity);
    // What is there for others that wait and have had less is left to them.
    const free = purse.tokens - purse.share.ahead(budget.connection);
    if (free < requests || monotonicMs() >= purse.takeUntil) return undefined;
    purse.tokens -= requests;
    purse.share.took(budget.connection, requests);
    return { until: purse.until, requests };
  };

  /**
   * Each call that is sent away has a turn of its own: they do not all come back for the same request. Connections that
   * share the budget take turns: one with many calls does not put those of another behind all of its own.
   */
  const sendAway = (budget: Budget, purse: Purse, capacity: number, windowMs: number) => {
    const nowMs = monotonicMs();
    const { turns } = purse;
    const last = turns.get(budget.connection) ?? Number.NEGATIVE_INFINITY;
    turns.delete(budget.connection);
    for (const [connection, until] of turns) if (until <= nowMs) turns.delete(connection);
    const sharing = turns.size + 1;
    const spacing = ((windowMs * costOf(budget, capacity)) / capacity) * sharing;
    // The first of a connection comes when there is something again: later it would find what the others left.
    const earliest = Math.max(purse.emptyUntil, nowMs);
    const turn = last < earliest - spacing ? earliest : Math.max(last, earliest) + spacing;
    const until = Math.min(turn, nowMs + limits.longestMs);
    turns.set(budget.connection, until);
    const why = `The budget of ${capacity} requests in ${windowMs / 1000} s for ${budget.owner} is used up (where the account has more, its config says so: rateLimits.scale)`;
    return heldBack('budget', why, until - nowMs);
  };

  return {
    takeNow,
    async take(budget) {
      const purse = purseOf(budget);
      const deadline = monotonicMs() + limits.shortWaitMs;
      purse.waiting += 1;
      const stopWaiting = purse.share.wait(budget.connection);
      try {
        for (;;) {
          const taken = takeNow(budget);
          if (taken !== undefined) return taken;
          const { capacity, windowMs } = sizeOf(budget, purse);
          if (capacity === null) continue;
          if (purse.tokens > 0 && monotonicMs() < Math.min(purse.takeUntil, deadline)) {
            // It is another one's turn.
            await sleep(1);
          } else if (monotonicMs() < purse.emptyUntil) {
            if (purse.emptyUntil > deadline) throw sendAway(budget, purse, capacity, windowMs);
            await sleep(Math.max(1, purse.emptyUntil - monotonicMs()));
          } else if (monotonicMs() > deadline && purse.leasing === undefined) {
            // Others were faster each time.
            throw sendAway(budget, purse, capacity, windowMs);
          } else {
            await refill(budget, purse, capacity, windowMs);
          }
        }
      } finally {
        stopWaiting();
        purse.waiting -= 1;
      }
    },
    owe(budget) {
      const purse = purseOf(budget);
      const { capacity, windowMs } = sizeOf(budget, purse);
      const requests = capacity === null ? 0 : costOf(budget, capacity);
      purse.owed += requests;
      // At once, so that other runners count it, too.
      if (capacity !== null) void refill(budget, purse, capacity, windowMs);
      return { until: Number.POSITIVE_INFINITY, requests, isOwed: true };
    },
    giveBack(budget, { until, requests, isOwed }) {
      const purse = purseOf(budget);
      if (isOwed) purse.owed = Math.max(0, purse.owed - requests);
      // Those of a lease that is over are lost, and count until their window is.
      else if (purse.until === until) purse.tokens += requests;
    },
    note(budget, { limit, windowMs }) {
      const { told } = purseOf(budget);
      if (limit !== undefined) told.limit = limit;
      if (windowMs !== undefined) told.windowMs = windowMs;
    },
  };
}

const sweepAt = 1000;

function costOf({ cost }: Budget, capacity: number): number {
  return Math.min(cost, capacity);
}
