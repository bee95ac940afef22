import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GoldenPlan, loadGolden } from '@onceover/runner';
import { startEmbeddedPostgres } from '@onceover/store';
import { freePort, startDebianPostgres } from './debian-postgres.ts';
import { findSecrets } from './find-secrets.ts';
import { judge, type Verdict } from './judge.ts';
import { RunnerProcess } from './runner-process.ts';
import { seededRandom } from './seeded-random.ts';
import { sendAll, type SendLog } from './sender.ts';
import { startVendors, stopVendors, type Vendor } from './vendors.ts';
import { whenInterrupted } from './when-interrupted.ts';

export interface ScenarioOptions {
  name: string;
  seed: number;
  plan: GoldenPlan;
  /** kill -9 of a runner, spread over the load. */
  kills: number;
  runners: number;
  database: 'embedded' | 'debian-15';
  /** How long the vendors' answers take, so that kills find calls in flight. */
  vendorDelayMs: number;
  say: (line: string) => void;
}

export interface ScenarioResult {
  verdict: Verdict;
  log: Omit<SendLog, 'acknowledged'> & { acknowledged: number };
  kills: number;
  killsWithCallInFlight: number;
  events: { expected: number; found: number };
  unfinishedRuns: number;
  shutdownMs: number;
  problems: readonly string[];
}

const root = join(import.meta.dirname, '..', '..');
const goldenFile = join(root, 'apps', 'runner', 'golden', 'webhooks.generated.json');

/** Real runners, real webhooks, seeded kills; judged by the vendors' ledgers. */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const { seed, plan, runners: count, say } = options;
  const random = seededRandom(seed);
  const home = mkdtempSync(join(tmpdir(), 'onceover-crash-'));
  const removeHome = () => rmSync(home, { recursive: true, force: true });
  const forget = whenInterrupted(async () => {
    await stopLeftServer(join(home, 'data'));
    removeHome();
  });
  const vendors = await startVendors(() => options.vendorDelayMs * (0.5 + random()));
  const postgres = options.database === 'debian-15' ? await startDebianPostgres() : undefined;
  const runners: RunnerProcess[] = [];
  try {
    const golden = await loadGolden(goldenFile, plan, new Date());
    for (const { connection, records } of golden.seeds) {
      const vendor = vendors.find((candidate) => candidate.connection === connection);
      // The golden file is JSON.
      vendor?.running.sandbox.seed(records as never);
    }
    const config = writeConfig(home, vendors);
    runners.push(...(await startRunners({ home, count, config, databaseUrl: postgres?.url })));
    say(
      `${options.name}: ${count} runner(s) ready, ${golden.webhooks.length} webhooks, ${options.kills} kills, seed ${seed}`,
    );

    const log: SendLog = { acknowledged: new Map(), accepted: 0, refused: 0, retries: 0 };
    let sent = 0;
    let turn = 0;
    // The load lasts as long as the kills: what is sent after the last one meets none.
    let limit = options.kills === 0 ? golden.webhooks.length : 0;
    const sending = sendAll({
      webhooks: golden.webhooks,
      vendors,
      url: () => (runners[turn++ % runners.length] ?? runners[0])?.url ?? '',
      concurrency: 4,
      pauseMs: 40,
      log,
      limit: () => limit,
      onSent: () => {
        sent += 1;
      },
    });
    const killed = await killSpread(options, {
      runners,
      vendors,
      random,
      sent: () => sent,
      allow: (count) => {
        limit = count;
      },
      total: golden.webhooks.length,
    });
    await sending;
    const unfinishedRuns = await waitUntilDone(runners[0]?.url ?? '', 60_000);
    const acknowledged = [...log.acknowledged.values()];
    const verdict = judge(acknowledged, vendors);
    const events = {
      expected: acknowledged.reduce((sum, webhook) => sum + webhook.events, 0),
      found: await countAll(runners[0]?.url ?? '', '/v1/events'),
    };
    let shutdownMs = 0;
    for (const runner of runners) shutdownMs = Math.max(shutdownMs, await runner.stop());
    const secrets =
      postgres === undefined ? [] : await findSecrets({ databaseUrl: postgres.url, home, vendors });
    const problems = [
      ...secrets,
      ...verdict.lost.map((name) => `lost: ${name}`),
      ...verdict.duplicates.map((name) => `duplicate: ${name}`),
      ...verdict.unexpected.map((name) => `unexpected: ${name}`),
      ...(events.expected === events.found ? [] : [`events: ${events.found} instead of ${events.expected}`]),
      ...(unfinishedRuns === 0 ? [] : [`${unfinishedRuns} runs did not succeed`]),
      ...(log.refused === plan.forged
        ? []
        : [`${log.refused} forged webhooks refused instead of ${plan.forged}`]),
      ...(killed.kills === 0 && verdict.repeatedWrites > 0
        ? [`${verdict.repeatedWrites} repeated writes without a kill`]
        : []),
    ];
    return {
      verdict,
      log: { ...log, acknowledged: log.acknowledged.size },
      ...killed,
      events,
      unfinishedRuns,
      shutdownMs,
      problems,
    };
  } finally {
    for (const runner of runners) await runner.stop();
    await stopVendors(vendors);
    postgres?.stop();
    forget();
    removeHome();
  }
}

/** A runner that was killed has left its embedded server: it is taken over once more. */
async function stopLeftServer(dataDir: string): Promise<void> {
  if (!existsSync(dataDir)) return;
  const server = await startEmbeddedPostgres({ dataDir });
  await server.stop();
}

/** Starts runners on one database; without a URL on one embedded server. */
export async function startRunners(options: {
  home: string;
  count: number;
  config: string;
  databaseUrl: string | undefined;
}): Promise<readonly RunnerProcess[]> {
  const { home, count, config, databaseUrl } = options;
  const runners: RunnerProcess[] = [];
  for (let index = 0; index < count; index += 1) {
    const runner = new RunnerProcess({
      port: await freePort(),
      logFile: join(home, `runner-${index}.log`),
      variables: {
        ONCEOVER_CONFIG: config,
        ONCEOVER_DATA_DIR: join(home, 'data'),
        ONCEOVER_ISOLATION: 'inline',
        ...(databaseUrl === undefined ? {} : { ONCEOVER_DATABASE_URL: databaseUrl }),
      },
    });
    runners.push(runner);
    await runner.start();
  }
  return runners;
}

export async function stopRunners(runners: readonly RunnerProcess[]): Promise<void> {
  for (const runner of runners) await runner.stop();
}

/** A config of the example's automations with the vendors' origins and secrets. */
export function writeConfig(home: string, vendors: readonly Vendor[]): string {
  const connections = vendors.map(({ connection, connector, running, front }) => ({
    id: connection,
    connector,
    owner: 'crash-test',
    origin: front.url,
    credentials: { accessToken: running.accessToken },
    webhookSecret: running.webhookSecret,
    ...(connector === 'zendesk' ? { variables: { subdomain: 'acme' } } : {}),
  }));
  const file = join(home, 'onceover.config.json');
  writeFileSync(
    file,
    JSON.stringify({
      connectors: vendors.map(({ connector }) => connector),
      automations: [join(root, 'apps', 'runner', 'automations', '*')],
      connections,
    }),
  );
  return file;
}

/** Kills runners at seeded moments of the load, most of them while a write is in flight, and starts them again. */
async function killSpread(
  { kills, say }: ScenarioOptions,
  parts: {
    runners: readonly RunnerProcess[];
    vendors: readonly Vendor[];
    random: () => number;
    sent: () => number;
    /** Lets so many webhooks be sent. */
    allow: (count: number) => void;
    total: number;
  },
): Promise<{ kills: number; killsWithCallInFlight: number }> {
  let done = 0;
  let withCallInFlight = 0;
  const inFlight = () => parts.vendors.reduce((sum, { front }) => sum + front.writesInFlight(), 0);
  for (let kill = 0; kill < kills; kill += 1) {
    const at = ((kill + parts.random()) / kills) * parts.total;
    // Webhooks come while a kill waits for its moment, and the next kill finds some too.
    parts.allow(Math.ceil(((kill + 1) / kills) * parts.total));
    while (parts.sent() < Math.min(at, parts.total - 1)) await pause(5);
    // Two of three kills wait for a call in flight: longer than the leases of the runner that was killed before.
    const deadline = Date.now() + 12_000;
    if (kill % 3 !== 0) while (inFlight() === 0 && Date.now() < deadline) await pause(1);
    const victim = parts.runners[Math.floor(parts.random() * parts.runners.length)];
    const calls = inFlight();
    await victim?.kill();
    if (calls > 0) withCallInFlight += 1;
    done += 1;
    say(`  kill ${done}/${kills} after ${parts.sent()} webhooks, ${calls} writes in flight`);
    await victim?.start();
  }
  return { kills: done, killsWithCallInFlight: withCallInFlight };
}

interface Page {
  items: { status?: string }[];
  next: string | null;
}

async function fetchPage(url: string, path: string, cursor: string | null): Promise<Page> {
  const query = new URLSearchParams({ limit: '200', ...(cursor === null ? {} : { cursor }) });
  const response = await fetch(`${url}${path}?${query.toString()}`);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  // Every list has this shape.
  return (await response.json()) as Page;
}

async function listAll(url: string, path: string): Promise<Page['items']> {
  const items: Page['items'] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await fetchPage(url, path, cursor);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
}

async function countAll(url: string, path: string): Promise<number> {
  return (await listAll(url, path)).length;
}

/** Waits until the number of runs stands still and all have succeeded; answers how many have not. */
export async function waitUntilDone(url: string, timeoutMs: number): Promise<number> {
  const deadline = Date.now() + timeoutMs;
  let before = -1;
  for (;;) {
    const runs = await listAll(url, '/v1/runs');
    const open = runs.filter(({ status }) => status !== 'succeeded').length;
    if (open === 0 && runs.length === before) return 0;
    if (Date.now() > deadline) return open;
    before = open === 0 ? runs.length : -1;
    await pause(1000);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
