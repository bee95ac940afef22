import { setTimeout as sleep } from 'node:timers/promises';
import type { WriteManifest } from '@onceover/contract';
import { newRecord, writeOnce } from './checks/write-check.ts';
import type { VerifyRig } from './verify-rig.ts';

export interface TrickledCalls {
  calls: number;
  failures: readonly string[];
}

/** Writes that go on while something else happens. */
export interface Trickle {
  stop(): Promise<TrickledCalls>;
}

const pauseMs = 50;

/** One write after the other, by a broker of its own on the runners' database. */
export function startTrickle(rig: VerifyRig, write: WriteManifest, connection: string): Trickle {
  const failures: string[] = [];
  let calls = 0;
  let isStopped = false;
  const trickle = async () => {
    while (!isStopped) {
      const record = newRecord(write, rig);
      if (record === undefined) return;
      calls += 1;
      const { outcome, detail } = await writeOnce(write, record, rig, connection);
      if (outcome !== 'created') failures.push(detail);
      await sleep(pauseMs);
    }
  };
  const running = trickle();
  return {
    async stop() {
      isStopped = true;
      await running;
      return { calls, failures };
    },
  };
}
