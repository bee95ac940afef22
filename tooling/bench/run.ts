import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { startEmbeddedPostgres } from '@onceover/store';
import { cpuSeconds } from './cpu-time.ts';
import { type BenchProcess, startProcess, startRunnerProcess } from './child-processes.ts';
import { singleRowCommits } from './database-limit.ts';
import { saturate, sendAtRate } from './load.ts';
import { signedBodies } from './signed-bodies.ts';
import { median, percentile } from './statistics.ts';
import { waitForArrivals, waitForRuns } from './waiting.ts';

/**
 * `pnpm bench [--quick]`: durable acceptance against a bare handler and the database's own commits, then event →
 * effect. Runs alternate; medians are of three (one with --quick). Generator, database, vendor and runner share the
 * machine's cores.
 */
if (process.argv.includes('--isolation')) {
  // The built packages, and not their sources: a host of sources starts in another time.
  const file = join(import.meta.dirname, 'isolation.ts');
  process.exit(
    spawnSync(process.execPath, [file, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1,
  );
}

const quick = process.argv.includes('--quick');
const rounds = quick ? 1 : 3;
const bodiesPerRound = quick ? 4000 : 15_000;
const inFlight = 64;
const secret = 'whsec_bench';
const say = (line: string) => process.stdout.write(`${line}\n`);

const home = mkdtempSync(join(tmpdir(), 'onceover-bench-'));
const database = await startEmbeddedPostgres({ dataDir: join(home, 'data') });
const vendor = await startProcess({ file: join(import.meta.dirname, 'instant-vendor.ts') });
const bare = await startProcess({ file: join(import.meta.dirname, 'bare-handler.ts') });

/** A runner on the shared database; without flows nothing but acceptance happens. */
async function startRunner(withFlow: boolean): Promise<BenchProcess> {
  const config = join(home, withFlow ? 'effects.json' : 'acceptance.json');
  const connection = { owner: 'benchmark', origin: vendor.url, credentials: { accessToken: 'bench' } };
  writeFileSync(
    config,
    JSON.stringify({
      connectors: ['stripe', 'hubspot'],
      automations: withFlow ? [join(import.meta.dirname, 'automations', 'invoice-to-contact')] : [],
      connections: [
        { id: 'billing', connector: 'stripe', webhookSecret: secret, ...connection },
        { id: 'crm', connector: 'hubspot', ...connection },
      ],
    }),
  );
  return startRunnerProcess({
    ONCEOVER_CONFIG: config,
    ONCEOVER_DATA_DIR: join(home, 'data'),
    // What isolation costs is measured by isolation.ts.
    ONCEOVER_ISOLATION: 'inline',
    ONCEOVER_PORT: '0',
    ONCEOVER_LOG_LEVEL: 'warn',
  });
}

/** The server's first process; its file begins with the id. */
function databasePid(): number {
  return Number(readFileSync(join(home, 'data', 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Tells, when it is called again, what each process used of the CPU for one of `count` bodies, in microseconds. */
function measureCpu(runner: BenchProcess): (count: number) => string {
  const pids = { runner: runner.pid, database: databasePid(), vendor: vendor.pid };
  const used = () => ({
    generator: process.cpuUsage(),
    others: Object.entries(pids).map(([name, pid]) => [name, cpuSeconds(pid) ?? Number.NaN] as const),
  });
  const before = used();
  return (count) => {
    const { user, system } = process.cpuUsage(before.generator);
    const micros = new Map([['generator', user + system]]);
    for (const [index, [name, seconds]] of used().others.entries()) {
      micros.set(name, (seconds - (before.others[index]?.[1] ?? 0)) * 1_000_000);
    }
    return [...micros].map(([name, value]) => `${name} ${Math.round(value / count)} µs`).join(', ');
  };
}

try {
  say(
    `machine: ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  );
  const bareRates: number[] = [];
  const commitRates: number[] = [];
  const acceptRates: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    bareRates.push(
      await saturate({
        url: bare.url,
        path: '/v1/hooks/billing',
        bodies: signedBodies(bodiesPerRound, secret),
        inFlight,
      }),
    );
    commitRates.push(await singleRowCommits({ url: database.ownerUrl, clients: 16, seconds: quick ? 2 : 5 }));
    const runner = await startRunner(false);
    const cpu = measureCpu(runner);
    acceptRates.push(
      await saturate({
        url: runner.url,
        path: '/v1/hooks/billing',
        bodies: signedBodies(bodiesPerRound, secret),
        inFlight,
      }),
    );
    const used = cpu(bodiesPerRound);
    await runner.stop();
    say(
      `(a) round ${round}: bare ${bareRates.at(-1)?.toFixed(0)}/s, single-row commits ${commitRates.at(-1)?.toFixed(0)}/s, accepted durably ${acceptRates.at(-1)?.toFixed(0)}/s; CPU for each: ${used}`,
    );
  }

  const runRates: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const runner = await startRunner(true);
    const bodies = signedBodies(bodiesPerRound, secret);
    const cpu = measureCpu(runner);
    const startedAt = performance.now();
    await saturate({ url: runner.url, path: '/v1/hooks/billing', bodies, inFlight });
    const acceptedAt = performance.now();
    await waitForArrivals(vendor.url, bodies.length);
    await waitForRuns(runner.url);
    const seconds = (performance.now() - startedAt) / 1000;
    runRates.push(bodies.length / seconds);
    say(
      `(b) round ${round}: ${bodies.length} webhooks accepted in ${((acceptedAt - startedAt) / 1000).toFixed(1)} s, all effects and outcomes durable in ${seconds.toFixed(1)} s: ${runRates.at(-1)?.toFixed(0)} runs/s; CPU for each: ${cpu(bodies.length)}`,
    );
    await runner.stop();
  }

  const runner = await startRunner(true);
  const warmUp = signedBodies(400, secret);
  await sendAtRate({ url: runner.url, path: '/v1/hooks/billing', bodies: warmUp, perSecond: 200 });
  await waitForArrivals(vendor.url, warmUp.length);
  const latencies: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const bodies = signedBodies(quick ? 1000 : 4000, secret);
    const planned = await sendAtRate({ url: runner.url, path: '/v1/hooks/billing', bodies, perSecond: 200 });
    const arrived = await waitForArrivals(vendor.url, bodies.length);
    for (const [key, at] of planned) latencies.push((arrived.get(key) ?? Number.NaN) - at);
  }
  await waitForRuns(runner.url);
  await runner.stop();

  const ratio = (left: number[], right: number[]) => (median(left) / median(right)).toFixed(2);
  say('');
  say('| what | median | of |');
  say('|---|---|---|');
  say(`| bare Fastify handler, same bodies | ${median(bareRates).toFixed(0)}/s | limit |`);
  say(`| single-row commits, 16 clients | ${median(commitRates).toFixed(0)}/s | limit |`);
  say(
    `| (a) webhooks verified and accepted durably | ${median(acceptRates).toFixed(0)}/s | ${ratio(acceptRates, bareRates)} of bare, ${ratio(acceptRates, commitRates)} of commits |`,
  );
  say(
    `| (b) webhook → effect, everything durable | ${median(runRates).toFixed(0)} runs/s | ${ratio(runRates, commitRates)} of commits |`,
  );
  say(
    `| (b) at 200/s, planned send → effect at the vendor | p50 ${percentile(latencies, 50).toFixed(1)} ms, p99 ${percentile(latencies, 99).toFixed(1)} ms | ${latencies.length} samples |`,
  );
} finally {
  await bare.stop();
  await vendor.stop();
  await database.stop();
  rmSync(home, { recursive: true, force: true });
}
