import { guaranteeAt, guaranteeClass, matchCall } from '@onceover/contract';
import { type Check, CheckFailure, NotRun } from '../check.ts';
import type { SeenRequest } from '../vendor-proxy.ts';
import type { VerifyRig } from '../verify-rig.ts';
import { prepareRunner, type VerifyRunner } from '../verify-runner.ts';
import { createdAt, newRecord, type WriteOperation } from './write-check.ts';

/** What both kills share: runners that follow each other. */
export interface KillFindings {
  runner?: VerifyRunner;
}

type Flowable = WriteOperation & { implements: string };

/**
 * A runner is killed with SIGKILL around a write, another one takes over, and the vendor's ledger tells how often the
 * write took effect.
 * @param at `before`: the vendor has not dealt with the write. `after`: it has, and nobody knows
 */
export function killCheck(
  at: 'before' | 'after',
  rig: VerifyRig,
  found: { write?: WriteOperation } & KillFindings,
  options: { cli: string; variables: NodeJS.ProcessEnv },
): Check {
  return {
    name: `kill ${at} the effect`,
    async run() {
      const { write } = found;
      if (write === undefined) throw new NotRun('no write could be done');
      if (!isFlowable(write))
        throw new NotRun(`${write.name} implements no operation of a domain: no flow can name it`);
      const written = newRecord(write, rig);
      if (written === undefined) throw new NotRun('no record could be made');
      found.runner ??= await prepareRunner(rig, write, options);
      const { runner } = found;
      const id = `verify-kill-${at}`;
      const { promise: killed, resolve } = Promise.withResolvers<void>();
      const isWrite = (request: SeenRequest) => matchCall(request, write.writes) !== undefined;
      rig.proxy.interrupt(at, isWrite, () => {
        runner.kill();
        resolve();
      });
      await runner.start();
      await runner.send(id, written);
      await within(killed, 60_000, `The runner never made the write of ${write.name}.`);
      await runner.start();
      const { status } = await runner.settled(id);
      await runner.stop();
      const effects = await createdAt(rig.sandbox, written.naturalKey);
      return judge({ at, write, status, effects });
    },
  };
}

function judge(facts: { at: string; write: Flowable; status: string; effects: number }): string {
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

function isFlowable(write: WriteOperation): write is Flowable {
  return write.implements !== undefined;
}

async function within(promise: Promise<void>, ms: number, message: string): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new CheckFailure(message)), ms);
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
