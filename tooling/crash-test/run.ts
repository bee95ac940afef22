import { parseArgs } from 'node:util';
import { runRefreshScenario } from './refresh-scenario.ts';
import { runRotationScenario } from './rotation-scenario.ts';
import { runOrderScenario } from './order-scenario.ts';
import { runScenario, type ScenarioOptions } from './scenario.ts';
import { stopEverything } from './when-interrupted.ts';

/**
 * `pnpm test:crash [--seed n] [--only name]`: seeded kill -9 of real runners under a load of golden webhooks. A
 * failed seed is repeated with `--seed`.
 */
const { values } = parseArgs({
  // `pnpm run x -- --seed 1` hands the dashes on.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { seed: { type: 'string' }, only: { type: 'string' } },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed);
const say = (line: string) => process.stdout.write(`${line}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say(`${signal}: runners and databases are stopped`);
    void stopEverything().finally(() => process.exit(1));
  });
}

const plan = { unique: 140, duplicates: 50, forged: 10 };
const common = { plan, vendorDelayMs: 60, say } as const;
const scenarios: ScenarioOptions[] = [
  { ...common, name: 'no-kill', seed, kills: 0, runners: 1, database: 'embedded' },
  { ...common, name: 'kill-embedded', seed: seed + 1, kills: 20, runners: 1, database: 'embedded' },
  { ...common, name: 'kill-debian-15', seed: seed + 2, kills: 20, runners: 1, database: 'debian-15' },
  { ...common, name: 'kill-two-runners', seed: seed + 3, kills: 10, runners: 2, database: 'debian-15' },
];

let failed = 0;
let ran = 0;
for (const scenario of scenarios) {
  if (values.only !== undefined && values.only !== scenario.name) continue;
  ran += 1;
  const { verdict, log, kills, killsWithCallInFlight, events, shutdownMs, problems } =
    await runScenario(scenario);
  say(
    `${scenario.name} (seed ${scenario.seed}): ${log.accepted} accepted, ${log.acknowledged} distinct, ${log.refused} refused, ` +
      `${log.retries} retries of the sender; ${kills} kills, ${killsWithCallInFlight} with a call in flight; ` +
      `${events.found} events; ${verdict.expectedEffects} effects expected: ${verdict.lost.length} lost, ` +
      `${verdict.duplicates.length} duplicates, ${verdict.unexpected.length} unexpected, ` +
      `${verdict.repeatedWrites} repeated writes; shutdown ${Math.round(shutdownMs)} ms`,
  );
  if (kills > 0) say(`  0 bad in ${kills} kills bounds the rate at ${(3 / kills).toFixed(2)} per kill`);
  for (const problem of problems) say(`  ✗ ${problem}`);
  failed += problems.length > 0 ? 1 : 0;
}
if (values.only === undefined || values.only === 'order-two-runners') {
  ran += 1;
  const order = { name: 'order-two-runners', seed: seed + 4, keys: 160, eventsPerKey: 8, runners: 2, say };
  const { effects, shares, problems } = await runOrderScenario(order);
  say(
    `${order.name} (seed ${order.seed}): ${effects} effects in order, runs by runner: ${shares.join(' and ')}`,
  );
  for (const problem of problems) say(`  ✗ ${problem}`);
  failed += problems.length > 0 ? 1 : 0;
}
if (values.only === undefined || values.only === 'refresh-storm') {
  ran += 1;
  const storm = { name: 'refresh-storm', processes: 3, callers: 50, rounds: 200, say };
  const { tokenCalls, revokedFamilies, statuses, seconds, problems } = await runRefreshScenario(storm);
  say(
    `${storm.name}: ${storm.processes} processes × ${storm.callers} callers × ${storm.rounds} expiries in ${Math.round(seconds)} s: ` +
      `${tokenCalls} token calls, ${revokedFamilies} families revoked; answers ${JSON.stringify(statuses)}`,
  );
  for (const problem of problems) say(`  ✗ ${problem}`);
  failed += problems.length > 0 ? 1 : 0;
}
if (values.only === undefined || values.only === 'rotation-kills') {
  ran += 1;
  let isFailed = false;
  for (const issuer of ['vendor', 'runtime', 'person'] as const) {
    const result = await runRotationScenario({ issuer, rotations: 10, say });
    const { rotations, kills, statuses, looks, orphans, seconds, problems } = result;
    say(
      `rotation-kills, issued by ${issuer}: ${rotations} rotations in ${Math.round(seconds)} s, kills ${JSON.stringify(kills)}; ` +
        `answers ${JSON.stringify(statuses)}; one current version in ${looks} looks; ${orphans} orphans`,
    );
    for (const problem of problems) say(`  ✗ ${problem}`);
    isFailed ||= problems.length > 0;
  }
  failed += isFailed ? 1 : 0;
}
say(`${ran - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
