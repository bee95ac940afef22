import { setTimeout as sleep } from 'node:timers/promises';
import type { ToldRateLimit } from '@onceover/contract';
import { leaseRateBudget, type Store } from '@onceover/store';
import type { Log } from '../ports.ts';
import { budgetTimes } from './budget-times.ts';
import { type Budget, scaled } from './budgets-of.ts';
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
  /** Gives requests back that have not left. */
  giveBack(budget: Budget, taken: Taken): void;
  /** The vendor tells what its limit really is. */
  note(budget: Budget, told: ToldRateLimit): void;
}

/** Requests of a lease. */
export interface Taken {
  /** By this process's clock that only goes forward: no later may they leave. */
  until: number;
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
  /** When the last call that was sent away has its turn. */
  turnsUntil: number;
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
    const fresh: Purse = {
      tokens: 0,
      given: 0,
      slot: 0,
      until: Number.NEGATIVE_INFINITY,
      takeUntil: Number.NEGATIVE_INFINITY,
      wanted: 1,
      waiting: 0,
      emptyUntil: Number.NEGATIVE_INFINITY,
      turnsUntil: Number.NEGATIVE_INFINITY,
      told: {},
      leasing: undefined,
    };
    purses.set(key, fresh);
    return fresh;
  };

  const lease = async (budget: Budget, purse: Purse, capacity: number, windowMs: number): Promise<void> => {
    const { leaseMs, slotMs, countsForMs, most } = budgetTimes(windowMs, capacity);
    const isUsedUp = purse.tokens === 0;
    const back = isUsedUp ? null : { slot: purse.slot, unused: purse.tokens };
    purse.wanted = isUsedUp ? purse.given * 2 : purse.given - purse.tokens;
    const need = Math.min(budget.cost, capacity);
    const want = Math.max(need, Math.min(most, Math.max(purse.wanted, purse.waiting * budget.cost)));
    Object.assign(purse, { tokens: 0, given: 0 });
    const { owner, name, tenant } = budget;
    // Before the question: the database gave them later.
    const askedAt = monotonicMs();
    const size = { capacity, windowMs: countsForMs, slotMs, leaseMs };
    const request = { owner, budget: name, tenant, ...size, need, want, back };
    const { granted, slot, afterMs } = await leaseRateBudget(store, request);
    const until = askedAt + leaseMs;
    const takeUntil = askedAt + leaseMs / 2;
    Object.assign(purse, { tokens: granted, given: granted, slot, until, takeUntil });
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
    if (capacity === null) return { until: Number.POSITIVE_INFINITY };
    const cost = Math.min(budget.cost, capacity);
    if (purse.tokens < cost || monotonicMs() >= purse.takeUntil) return undefined;
    purse.tokens -= cost;
    return { until: purse.until };
  };

  /** Each call that is sent away has a turn of its own: they do not all come back for the same request. */
  const sendAway = (budget: Budget, purse: Purse, capacity: number, windowMs: number) => {
    const nowMs = monotonicMs();
    const earliest = Math.max(purse.turnsUntil, purse.emptyUntil, nowMs);
    purse.turnsUntil = Math.min(earliest + (windowMs * budget.cost) / capacity, nowMs + limits.longestMs);
    const why = `The budget of ${capacity} requests in ${windowMs / 1000} s for ${budget.owner} is used up`;
    return heldBack('budget', why, purse.turnsUntil - nowMs);
  };

  return {
    takeNow,
    async take(budget) {
      const purse = purseOf(budget);
      const deadline = monotonicMs() + limits.shortWaitMs;
      purse.waiting += 1;
      try {
        for (;;) {
          const taken = takeNow(budget);
          if (taken !== undefined) return taken;
          const { capacity, windowMs } = sizeOf(budget, purse);
          if (capacity === null) continue;
          if (monotonicMs() < purse.emptyUntil) {
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
        purse.waiting -= 1;
      }
    },
    giveBack(budget, { until }) {
      const purse = purseOf(budget);
      // Those of a lease that is over are lost, and count until their window is.
      if (purse.until === until) purse.tokens += budget.cost;
    },
    note(budget, { limit, windowMs }) {
      const { told } = purseOf(budget);
      if (limit !== undefined) told.limit = limit;
      if (windowMs !== undefined) told.windowMs = windowMs;
    },
  };
}
