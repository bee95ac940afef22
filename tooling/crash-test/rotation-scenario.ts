import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, startEmbeddedPostgres } from '@onceover/store';
import {
  type Kill,
  type RotationKillsResult,
  runRotationKills,
} from '../../packages/broker/src/testing/rotation-kills.fixture.ts';
import { whenInterrupted } from './when-interrupted.ts';

export interface RotationScenario {
  issuer: 'vendor' | 'runtime' | 'person';
  rotations: number;
  say: (line: string) => void;
}

/** Each step meets each death; two steps are stored before the next death, so that the order of both moves on. */
const kills: readonly Kill[] = ['claimed', 'saving', 'asked', 'committing', 'committed'];

/**
 * One secret is rotated again and again by processes that die, one after the other, at the boundaries of its steps,
 * while calls of another runner use it.
 */
export async function runRotationScenario(
  scenario: RotationScenario,
): Promise<RotationKillsResult & { seconds: number; problems: string[] }> {
  const { issuer, rotations, say } = scenario;
  const dataDir = await mkdtemp(join(tmpdir(), 'onceover-rotation-'));
  const database = await startEmbeddedPostgres({ dataDir });
  const end = async () => {
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  const forget = whenInterrupted(end);
  try {
    await migrate({ ownerUrl: database.ownerUrl });
    const startedAt = performance.now();
    const result = await runRotationKills(
      { issuer, overlap: { mode: 'dual', seconds: 1 } },
      {
        kills,
        rotations,
        isRepeated: true,
        database,
        onRotation: (done, killed) => say(`  ${issuer}: ${done} rotations, ${killed} kills`),
      },
    );
    const seconds = (performance.now() - startedAt) / 1000;
    return { ...result, seconds, problems: problemsOf(result) };
  } finally {
    forget();
    await end();
  }
}

function problemsOf({ statuses, wrongLooks, outcome, orphans }: RotationKillsResult): string[] {
  const failed = Object.entries(statuses).filter(([status]) => status !== '200');
  return [
    ...failed.map(([status, count]) => `${count} calls: ${status}`),
    ...wrongLooks.map((count) => `the secret had ${count} current versions`),
    ...(outcome === 'rotated' ? [] : [`the last rotation: ${outcome}`]),
    ...(orphans === 0 ? [] : [`${orphans} orphans`]),
  ];
}
