import { guaranteeAt, guaranteeClass, lookupOf, matchCall } from '@onceover/contract';
import { type Check, CheckFailure, NotRun } from '../check.ts';
import type { Findings } from '../findings.ts';
import { replaceKilled } from '../restart-during.ts';
import { type FlowableWrite, isFlowable } from '../runner-flows.ts';
import type { SeenRequest } from '../vendor-proxy.ts';
import type { VerifyRig } from '../verify-rig.ts';
import { createdAt, newRecord, type Written } from './write-check.ts';

type Moment = 'before' | 'after';

/** A write around which a runner was killed; another one has taken over. */
interface KilledWrite {
  id: string;
  write: FlowableWrite;
  written: Written;
  /** How often the write was sent so far. */
  sent(): number;
}

/**
 * A runner is killed with SIGKILL around a write, another one takes over, and the vendor's ledger tells how often the
 * write took effect.
 * @param at `before`: the vendor has not dealt with the write. `after`: it has, and nobody knows
 */
export function killCheck(at: Moment, rig: VerifyRig, found: Findings): Check {
  return {
    name: `kill ${at} the effect`,
    async run() {
      const killed = await killAround(at, found.write, rig, found);
      const { status } = await found.runner.settled(killed.id);
      const effects = await createdAt(rig.sandbox, killed.written.naturalKey);
      return judge({ at, write: killed.write, status, effects });
    },
  };
}

/**
 * The same for the writes that other guarantees keep single: B is looked up, C is asked about and never sent again.
 * `begin` is called long before: a vendor's search may lag, and the wait for it is used for other checks.
 */
export function classKillCheck(
  holds: 'B' | 'C',
  rig: VerifyRig,
  found: Findings,
): Check & { begin(): Promise<void> } {
  let begun: Promise<KilledWrite> | undefined;
  const begin = () => (begun ??= kill());
  const kill = async () => {
    const write = found.ofClass[holds];
    if (write !== undefined) return killAround('after', write, rig, found);
    throw new NotRun(`no write of class ${holds} takes a record made from its schema alone`);
  };
  return {
    name: `kill, class ${holds}`,
    async begin() {
      // Its line tells.
      await begin().catch(() => {});
    },
    async run() {
      const { id, write, written, sent } = await begin();
      await found.runner.start();
      const lagMs = (lookupOf(write.guarantee)?.lagSeconds ?? 0) * 1000;
      const { status } = await found.runner.settled(id, {
        withinMs: lagMs + 60_000,
        isLookedUp: holds === 'B',
      });
      const effects = await createdAt(rig.sandbox, written.naturalKey);
      const seen = judge({ at: 'after', write, status, effects });
      if (holds === 'B') return `${seen}, found by look-up`;
      if (sent() === 1) return `${seen}, sent once: a person is asked`;
      throw new CheckFailure(`${seen}, and it was sent ${sent()} times: class C is never sent again.`);
    },
  };
}

async function killAround(
  at: Moment,
  write: Findings['write'],
  rig: VerifyRig,
  found: Findings,
): Promise<KilledWrite> {
  const { runner } = found;
  if (write === undefined) throw new NotRun('no write could be done');
  if (!isFlowable(write)) {
    throw new NotRun(`${write.name} implements no operation of a domain: no flow can name it`);
  }
  const written = newRecord(write, rig);
  if (written === undefined) throw new NotRun('no record could be made');
  const id = `verify-kill-${at}-${rig.nextNumber()}`;
  const { promise: killed, resolve } = Promise.withResolvers<void>();
  const isWrite = (request: SeenRequest) => matchCall(request, write.writes) !== undefined;
  await runner.start();
  const before = rig.proxy.count(isWrite);
  const takeBack = rig.proxy.interrupt(at, isWrite, () => {
    runner.kill();
    resolve();
  });
  try {
    await runner.send(id, write, written);
    await within(killed, 60_000, `The runner never made the write of ${write.name}.`);
  } finally {
    takeBack();
  }
  await replaceKilled(rig, found);
  return { id, write, written, sent: () => rig.proxy.count(isWrite) - before };
}

function judge(facts: { at: Moment; write: FlowableWrite; status: string; effects: number }): string {
  const { at, write, status, effects } = facts;
  const holds = guaranteeClass(write.guarantee);
  const seen = `${write.name} (class ${holds}): ${effects} effect in the ledger, run ${status}`;
  if (effects > 1) {
    throw new CheckFailure(
      `${seen.replace('effect', 'effects')}. The guarantee ${write.guarantee.kind} does not hold at the sandbox: a repeated write must find what the first one did.`,
    );
  }
  if (effects === 1 && (status === 'succeeded' || (holds === 'C' && status === 'waiting'))) return seen;
  if (effects === 0 && holds === 'C' && at === 'before' && status === 'waiting') return seen;
  throw new CheckFailure(
    `${seen}. After a kill ${at} the effect a runner must finish the write: ${guaranteeAt(write.guarantee, 0).kind === 'lookup' ? 'lookup must find what was done' : 'the same bytes must be taken again'}.`,
  );
}

async function within(promise: Promise<void>, ms: number, message: string): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new CheckFailure(message)), ms);
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
