import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listRotations, listSecretVersions, postponeRotation } from '@onceover/store';
import { writeCompiledScript } from './compiled-code.fixture.ts';
import type { RotationFacts } from './rotation-connector.fixture.ts';
import {
  billingHolder,
  callOnce,
  type KitOptions,
  openRotationKit,
  type RotationKit,
} from './rotation-kit.fixture.ts';
import type { Boundary, RotationRunnerSettings } from './rotation-runner.fixture.ts';

/** Where the runner dies; `asked`: the vendor has done what it was asked, and its answer never arrives. */
export type Kill = Boundary | 'asked';

export interface RotationKillsResult {
  rotations: number;
  kills: Partial<Record<Kill, number>>;
  /** What the calls got that went on all the while. */
  statuses: Record<string, number>;
  /** Looks at the secret's versions that did not find exactly one that is current. */
  wrongLooks: readonly string[];
  looks: number;
  /** Of the newest version. */
  outcome: string | null;
  proven: boolean | null;
  /** Keys at the vendor that nobody uses, after `reconcile`. */
  orphans: number;
}

const leaseMs = 20_000;
const place = { owner: billingHolder.id, field: 'accessToken' };

/**
 * Rotates a secret whose runner is killed at one boundary after the other, each time going on in a new process, while
 * another runner's calls use it.
 * @param plan.kills where the first process dies, where the second, and so on; the one after them lives, unless they
 *   are repeated
 */
export async function runRotationKills(
  facts: RotationFacts,
  plan: {
    kills: readonly Kill[];
    rotations: number;
    isRepeated?: boolean;
    database?: KitOptions['database'];
    onRotation?: (rotations: number, kills: number) => void;
  },
): Promise<RotationKillsResult> {
  await using kit = await openRotationKit(facts, {
    cacheTtlMs: 200,
    isCompiled: true,
    ...(plan.database && { database: plan.database }),
  });
  await using script = await writeCompiledScript(join(import.meta.dirname, 'rotation-runner.fixture.ts'));
  const { vendor, store, broker } = kit;
  const watch = whileOpen(async () => {
    const all = await listSecretVersions(store, place);
    return String(all.filter(({ state }) => state === 'current').length);
  });
  const load = [1, 2].map(() => whileOpen(() => callOnce(broker)));
  const kills: RotationKillsResult['kills'] = {};
  for (let round = 1; round <= plan.rotations; round += 1) {
    const value = facts.issuer === 'person' ? vendor.mint().secret : undefined;
    for (let next = 0; ; next += 1) {
      if (await isOver(store, round)) break;
      const rows = await listRotations(store, place);
      const latest = rows.length < round ? undefined : rows[0];
      const kill = plan.kills[plan.isRepeated === true ? next % plan.kills.length : next];
      // As an operator does who is not sure that the command got through.
      const begin = latest === undefined || latest.waitingFor === 'person';
      const isKilled = await runOnce(kit, {
        script: script.file,
        round,
        kill,
        begin: begin ? { value } : undefined,
      });
      if (isKilled && kill !== undefined) kills[kill] = (kills[kill] ?? 0) + 1;
    }
    plan.onRotation?.(
      round,
      Object.values(kills).reduce((sum, count) => sum + count, 0),
    );
  }
  const statuses: Record<string, number> = {};
  for (const one of load) for (const [status, count] of await one.stop()) add(statuses, status, count);
  const looks = await watch.stop();
  await broker.rotations.reconcile({ holder: billingHolder, by: 'test' });
  broker.vault.forgetRead();
  const owner = { ...billingHolder, connector: 'example' };
  const held = (await broker.vault.get(owner, place.field)).map((secret) => secret.reveal());
  const [latest] = await listRotations(store, place);
  return {
    rotations: plan.rotations,
    kills,
    statuses,
    wrongLooks: [...looks.keys()].filter((count) => count !== '1'),
    looks: looks.get('1') ?? 0,
    outcome: latest?.outcome ?? null,
    proven: latest?.proven ?? null,
    orphans: [...vendor.keys.values()].filter(({ secret }) => !held.includes(secret)).length,
  };
}

/** One process, until it dies or the rotation is over. */
async function runOnce(
  { database, keyringKey, folder, vendor, store }: RotationKit,
  facts: { script: string; round: number; kill: Kill | undefined; begin: RotationRunnerSettings['begin'] },
): Promise<boolean> {
  const { script, round, kill, begin } = facts;
  const settings: RotationRunnerSettings = {
    databaseUrl: database.url,
    key: keyringKey,
    folder,
    leaseMs,
    dieAt: kill === 'asked' ? undefined : kill,
    begin,
  };
  const child = fork(script, [JSON.stringify(settings)], { env: {} });
  const died = once(child, 'exit');
  if (kill === 'asked') {
    vendor.onChanged = () => {
      vendor.onChanged = undefined;
      child.kill('SIGKILL');
      return false;
    };
  }
  const over = (async () => {
    while (isRunning(child) && !(await isOver(store, round))) await sleep(40);
  })();
  await Promise.race([died, over]);
  if (isRunning(child)) child.disconnect();
  const [, signal] = await died;
  await over;
  vendor.onChanged = undefined;
  // Nobody waits for the lease of the dead: it is taken to have run out.
  const [latest] = await listRotations(store, place);
  if (latest !== undefined && signal === 'SIGKILL') {
    const { id, epoch } = latest;
    await postponeRotation(store, { id, epoch, afterMs: 0, failure: 'its runner died' });
  }
  return signal === 'SIGKILL';
}

async function isOver(store: RotationKit['store'], round: number): Promise<boolean> {
  const rows = await listRotations(store, place);
  return rows.length >= round && rows[0]?.endedAt != null;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function add(counts: Record<string, number>, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count;
}

/** Does the same again and again, and counts what came of it. */
function whileOpen(work: () => Promise<string>): { stop(): Promise<Map<string, number>> } {
  const counts = new Map<string, number>();
  let isOpen = true;
  const run = (async () => {
    while (isOpen) {
      const what = await work();
      counts.set(what, (counts.get(what) ?? 0) + 1);
      await sleep(15);
    }
  })();
  return {
    async stop() {
      isOpen = false;
      await run;
      return counts;
    },
  };
}
