import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, classifyAnswer, OnceoverError, readRateLimit } from '@onceover/contract';
import { claimProbe, releaseProbe, type Store } from '@onceover/store';
import type { Connection } from '../connections/connection.ts';
import type { SendResult } from '../egress/create-egress.ts';
import type { Clock, Counters, Log } from '../ports.ts';
import { type Budget, budgetsOf } from './budgets-of.ts';
import { createFailureWindow, type FailureWindow } from './failure-window.ts';
import { defaultGateLimits, type GateLimits } from './gate-limits.ts';
import { createGateView, type HeldConnection } from './gate-view.ts';
import { heldBack } from './held-back.ts';
import { createRateBudgets, type Taken } from './rate-budgets.ts';

/** Decides when a call may go out: what is paused, broken or used up sends it away before a socket opens. */
export interface CallGate {
  /**
   * @param call.template the manifest's call
   * @param call.mustGo it is counted and never held back: a write of the same operation has been answered
   * @throws {RateLimitError} `held_back_budget`, `held_back_pause`, `held_back_breaker`, with when it may go
   */
  admit(call: { connection: Connection; template: string; mustGo: boolean }): Promise<Permit>;
  /** Resolves when what was learnt is stored. */
  settled(): Promise<void>;
}

/** One request that may go out. */
export interface Permit {
  /** After something that took its time: takes its turn anew where that has passed. @throws as `admit` */
  renew(): Promise<void>;
  /** At the first byte. @throws {RateLimitError} `held_back_budget` when its turn has passed and none is at hand */
  start(): void;
  /** What came of it: all that the gate knows of a vendor it learns here. */
  done(result: SendResult): void;
  /** It did not go out. Does nothing after `done`. */
  release(): void;
}

export interface GatePorts {
  store: Store;
  clock: Clock;
  log: Log;
  counters: Counters;
  random: () => number;
  limits?: Partial<GateLimits>;
}

/** What tells that a vendor is not there, or not well. */
const failureCodes = new Set([
  'timeout',
  'connect_timeout',
  'headers_timeout',
  'body_timeout',
  'connect_failed',
  'connection_lost',
]);

export function createCallGate({ store, clock, log, counters, random, ...given }: GatePorts): CallGate {
  const limits = { ...defaultGateLimits, ...given.limits };
  const monotonicMs = () => clock.monotonicMs?.() ?? performance.now();
  const view = createGateView({ store, log, monotonicMs, random, limits });
  const budgets = createRateBudgets({ store, log, monotonicMs, limits });
  const windows = new Map<string, FailureWindow>();
  /** Those whose breaker this process has seen open. */
  const opened = new Set<string>();
  /** How often in a row a vendor said "too fast" and not how long. */
  const strikes = new Map<string, number>();
  const known = new WeakMap<Connection, Map<string, readonly Budget[]>>();

  const budgetsFor = (connection: Connection, template: string): readonly Budget[] => {
    const byCall = known.get(connection) ?? new Map<string, readonly Budget[]>();
    known.set(connection, byCall);
    const found = byCall.get(template) ?? budgetsOf(connection, template);
    byCall.set(template, found);
    return found;
  };

  const windowOf = (id: string): FailureWindow => {
    const known = windows.get(id);
    if (known !== undefined) return known;
    if (windows.size % 1000 === 999) {
      for (const [other, window] of windows) if (window.isEmpty()) windows.delete(other);
    }
    const window = createFailureWindow(monotonicMs, limits.fewestFailures);
    windows.set(id, window);
    return window;
  };

  const passPauses = async (connection: string, of: readonly Budget[]) => {
    const pauses = view.find(connection)?.pauses;
    if (pauses === undefined || pauses.size === 0) return;
    for (const calls of ['', ...of.map(({ name }) => name)]) {
      const pause = pauses.get(calls);
      if (pause === undefined) continue;
      const leftMs = pause.until - monotonicMs();
      if (leftMs > limits.shortWaitMs) {
        // Those who wait for one moment do not all come in it.
        const afterMs = leftMs * (1 + random() / 10);
        throw heldBack('pause', `The vendor of ${connection} asked for a pause (${pause.code})`, afterMs);
      }
      if (leftMs > 0) await sleep(leftMs);
    }
  };

  const isOpen = (id: string): boolean => {
    const isIt = !isClosed(view.find(id));
    if (isIt) opened.add(id);
    // A probe has succeeded, this runner's or another's: what failed before it is over.
    else if (opened.delete(id)) windows.delete(id);
    return isIt;
  };

  /** @returns the probe that this call is, where the breaker wants one */
  const passBreaker = async (id: string): Promise<string | undefined> => {
    const held = view.find(id);
    if (!isOpen(id) || held === undefined || held.openUntil === null) return undefined;
    const nowMs = monotonicMs();
    if (nowMs < held.openUntil) throw broken(id, held.openUntil - nowMs);
    // A probe mostly takes a moment: its lease is for one that nobody hears of again.
    if (nowMs < held.probedUntil) throw broken(id, Math.min(held.probedUntil - nowMs, limits.breakerBaseMs));
    // At once: the calls behind this one must not ask, too.
    held.probedUntil = nowMs + limits.viewMs;
    const probe = randomUUID();
    const isClaimed = await claimProbe(store, { connection: id, probe, leaseMs: limits.probeLeaseMs }).catch(
      (error: unknown) => log.warn({ err: error, connection: id }, 'a breaker could not be asked'),
    );
    if (isClaimed !== true) throw broken(id, limits.viewMs);
    held.probedUntil = nowMs + limits.probeLeaseMs;
    return probe;
  };

  const broken = (id: string, leftMs: number) =>
    heldBack('breaker', `The vendor of ${id} keeps failing`, leftMs * (1 + random() / 4));

  const takeAll = async (of: readonly Budget[]): Promise<readonly Taken[]> => {
    const taken: Taken[] = [];
    try {
      for (const budget of of) taken.push(await budgets.take(budget));
    } catch (error) {
      giveBackAll(of, taken);
      throw error;
    }
    return taken;
  };
  const takeAllNow = (of: readonly Budget[]): readonly Taken[] | undefined => {
    const taken: Taken[] = [];
    for (const budget of of) {
      const one = budgets.takeNow(budget);
      if (one === undefined) {
        giveBackAll(of, taken);
        return undefined;
      }
      taken.push(one);
    }
    return taken;
  };
  /** Counted, and not held back. */
  const takeAnyway = (of: readonly Budget[]): readonly Taken[] =>
    of.map((budget) => budgets.takeNow(budget) ?? budgets.owe(budget));
  const giveBackAll = (of: readonly Budget[], taken: readonly Taken[]) => {
    for (const [index, one] of taken.entries()) {
      const budget = of[index];
      if (budget !== undefined) budgets.giveBack(budget, one);
    }
  };

  const noteBreaker = (
    connection: Connection,
    outcome: 'failed' | 'succeeded' | 'untold',
    probe?: string,
  ) => {
    const { id, tenant, connector } = connection.info;
    if (probe !== undefined) endProbe(connection, outcome, probe);
    else if (outcome === 'succeeded') windows.get(id)?.succeeded();
    else if (outcome === 'failed' && !isOpen(id) && windowOf(id).failed()) {
      view.open({ connection: id, tenant, probe: null });
      opened.add(id);
      counters.increment('breaker_changes', { connector: connector.id, state: 'open' });
      log.warn({ connection: id, tenant }, 'a vendor keeps failing: its breaker opens');
    }
  };
  const endProbe = (connection: Connection, outcome: 'failed' | 'succeeded' | 'untold', probe: string) => {
    const { id, tenant, connector } = connection.info;
    const held = view.find(id);
    if (held !== undefined) held.probedUntil = Number.NEGATIVE_INFINITY;
    if (outcome === 'failed') view.open({ connection: id, tenant, probe });
    else if (outcome === 'succeeded') {
      windows.get(id)?.clear();
      view.close(id, probe);
      counters.increment('breaker_changes', { connector: connector.id, state: 'closed' });
      log.warn({ connection: id, tenant }, 'a vendor is there again: its breaker closes');
    } else {
      void releaseProbe(store, { connection: id, probe }).catch((error: unknown) =>
        log.warn({ err: error, connection: id }, 'a probe could not be given back'),
      );
    }
  };

  /** Reads what an answer says about pace. */
  const noteAnswer = (connection: Connection, of: readonly Budget[], answer: Answer) => {
    const { id: connectionId, tenant, connector } = connection.info;
    const pause = (calls: string, afterMs: number, code: string) => {
      const boundMs = Math.min(afterMs, limits.longestMs);
      if (boundMs > 0) view.pause({ connection: connectionId, tenant, calls, afterMs: boundMs, code });
    };
    for (const budget of of) {
      if (budget.headers === undefined) continue;
      const told = readRateLimit(budget.headers, answer, clock.now());
      budgets.note(budget, told);
      if (told.remaining === 0)
        pause(budget.name, told.resetMs ?? told.windowMs ?? budget.windowMs, 'none left');
    }
    if (answer.status < 400) {
      strikes.delete(connectionId);
      return;
    }
    const error = classifyAnswer(connector.manifest.answers, answer, clock.now());
    if (error === undefined) return;
    const isTooFast = error.name === 'RateLimitError';
    // The narrowest budget of the call: a limit of some calls leaves the others alone.
    const calls = of.find(({ isOfCalls }) => isOfCalls)?.name ?? '';
    if (typeof error.retry === 'object' && (isTooFast || answer.status >= 500)) {
      pause(calls, error.retry.afterMs, error.code);
    } else if (isTooFast) {
      const strike = (strikes.get(connectionId) ?? 0) + 1;
      strikes.set(connectionId, strike);
      const fullMs = Math.min(limits.pauseCapMs, limits.pauseBaseMs * 2 ** Math.min(strike - 1, 20));
      pause(calls, fullMs * (0.75 + random() / 2), error.code);
    }
  };

  return {
    async admit({ connection, template, mustGo }) {
      const { id } = connection.info;
      const of = budgetsFor(connection, template);
      let taken: readonly Taken[] | undefined;
      let probe: string | undefined;
      if (mustGo) taken = takeAnyway(of);
      else {
        await view.ready();
        await passPauses(id, of);
        probe = await passBreaker(id);
        try {
          taken = takeAllNow(of) ?? (await takeAll(of));
        } catch (error) {
          if (probe !== undefined) noteBreaker(connection, 'untold', probe);
          throw error;
        }
      }
      let isOver = false;
      const isLate = () => taken?.some(({ until }) => monotonicMs() >= until) ?? false;
      return {
        async renew() {
          if (isLate() && !mustGo) taken = takeAllNow(of) ?? (await takeAll(of));
        },
        start() {
          if (!isLate() || mustGo) return;
          taken = takeAllNow(of);
          if (taken === undefined) {
            throw heldBack(
              'budget',
              `The turn of a call of ${id} passed before it could leave`,
              limits.shortWaitMs,
            );
          }
        },
        done(result) {
          if (isOver) return;
          isOver = true;
          noteBreaker(connection, outcomeOf(result), probe);
          if (result.state === 'answered') noteAnswer(connection, of, result.answer);
          else if (result.state === 'unsent' && taken !== undefined) giveBackAll(of, taken);
        },
        release() {
          if (isOver) return;
          isOver = true;
          if (probe !== undefined) noteBreaker(connection, 'untold', probe);
          if (taken !== undefined) giveBackAll(of, taken);
        },
      };
    },
    settled: () => view.settled(),
  };
}

function isClosed(held: HeldConnection | undefined): boolean {
  return held === undefined || held.openUntil === null;
}

function outcomeOf(result: SendResult): 'failed' | 'succeeded' | 'untold' {
  if (result.state === 'answered') return result.answer.status >= 500 ? 'failed' : 'succeeded';
  const { error } = result;
  return OnceoverError.isInstance(error) && failureCodes.has(error.code) ? 'failed' : 'untold';
}
