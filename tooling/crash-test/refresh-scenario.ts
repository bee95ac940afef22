import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, startEmbeddedPostgres } from '@onceover/store';
import {
  runRefreshStorm,
  type StormResult,
} from '../../packages/broker/src/testing/refresh-storm.fixture.ts';
import { whenInterrupted } from './when-interrupted.ts';

export interface RefreshScenario {
  name: string;
  processes: number;
  callers: number;
  rounds: number;
  say: (line: string) => void;
}

/**
 * Many callers of several processes meet an access token that has ended, again and again, at an OAuth server that
 * ends the whole grant when a refresh token is used twice. The processes' clocks are a minute apart either way.
 */
export async function runRefreshScenario(
  scenario: RefreshScenario,
): Promise<StormResult & { seconds: number; problems: string[] }> {
  const { processes, callers, rounds, say } = scenario;
  const dataDir = await mkdtemp(join(tmpdir(), 'onceover-refresh-'));
  const database = await startEmbeddedPostgres({ dataDir });
  const end = async () => {
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  const forget = whenInterrupted(end);
  try {
    await migrate({ ownerUrl: database.ownerUrl });
    const startedAt = performance.now();
    const result = await runRefreshStorm({
      databaseUrl: database.url,
      processes,
      callers,
      rounds,
      onRound(round, { tokenCalls, revokedFamilies }) {
        if (round % 20 === 0)
          say(`  ${round} rounds: ${tokenCalls} token calls, ${revokedFamilies} families revoked`);
      },
    });
    const seconds = (performance.now() - startedAt) / 1000;
    return { ...result, seconds, problems: problemsOf(result, scenario) };
  } finally {
    forget();
    await end();
  }
}

function problemsOf(result: StormResult, { processes, callers, rounds }: RefreshScenario): string[] {
  const answered = result.statuses['200'] ?? 0;
  const wanted = processes * callers * rounds;
  return [
    ...result.wrongRounds,
    ...(result.revokedFamilies > 0 ? [`${result.revokedFamilies} families revoked`] : []),
    ...(answered === wanted
      ? []
      : [`${answered} of ${wanted} calls were answered: ${JSON.stringify(result.statuses)}`]),
  ];
}
