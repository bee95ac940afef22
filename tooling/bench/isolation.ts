import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Broker,
  createBroker,
  fileKeyProvider,
  type IsolationLevel,
  type LoadedConnector,
  loadConnectorFolder,
  openKeyring,
} from '@onceover/broker';
import { openStore, startEmbeddedPostgres, migrate } from '@onceover/store';
import { startProcess, startRunnerProcess } from './child-processes.ts';
import { saturate } from './load.ts';
import { signedBodies } from './signed-bodies.ts';
import { median } from './statistics.ts';
import { waitForArrivals, waitForRuns } from './waiting.ts';

/**
 * `npm run bench -- --isolation [--quick]`: what a process of its own costs the code in it, level by level, in one
 * run. Rounds alternate between the levels.
 */
const quick = process.argv.includes('--quick');
const levels: readonly IsolationLevel[] = ['inline', 'permission', 'strict'];
const rounds = quick ? 1 : 3;
const say = (line: string) => process.stdout.write(`${line}\n`);

const home = mkdtempSync(join(tmpdir(), 'onceover-bench-'));
const database = await startEmbeddedPostgres({ dataDir: join(home, 'data') });
const slow = await startProcess({ file: join(import.meta.dirname, 'instant-vendor.ts'), args: ['20'] });
const instant = await startProcess({ file: join(import.meta.dirname, 'instant-vendor.ts') });

/** Figures of one kind by level. */
type Figures = Map<IsolationLevel, number[]>;
const figures = (): Figures => new Map(levels.map((level) => [level, []]));
const note = (kind: Figures, level: IsolationLevel, value: number) => void kind.get(level)?.push(value);

interface OpenBroker {
  broker: Broker;
  close(): Promise<void>;
}

async function openBroker(isolation: IsolationLevel, connector: LoadedConnector): Promise<OpenBroker> {
  const store = await openStore({ url: database.url, applicationName: `bench-${isolation}` });
  const keyring = await openKeyring(fileKeyProvider({ file: join(home, 'keyring.json'), create: true }));
  const broker = await createBroker({
    store,
    keyring,
    connectors: [connector],
    mode: 'development',
    isolation,
  });
  const connection = {
    connector: 'hubspot',
    owner: 'benchmark',
    credentials: { accessToken: 'bench-token' },
  };
  await broker.connections.applyConfig({
    registrations: [],
    connections: [
      { id: 'slow', ...connection, origin: slow.url },
      { id: 'instant', ...connection, origin: instant.url },
    ],
  });
  return {
    broker,
    async close() {
      await broker.close();
      await store.close();
    },
  };
}

let made = 0;
/** @returns milliseconds */
async function upsert({ broker }: OpenBroker, connection: string): Promise<number> {
  made += 1;
  const email = `isolation-${made}@example.com`;
  const startedAt = performance.now();
  const { reply } = await broker.call({
    tenant: 'default',
    connection,
    operation: 'contacts.upsert',
    mode: 'execute',
    records: [{ record: { email }, naturalKey: email, effectKey: `effect-${made}` }],
    signal: AbortSignal.timeout(10_000),
  });
  if (reply.kind !== 'written') throw new Error(JSON.stringify(reply));
  return performance.now() - startedAt;
}

async function perSecond(count: number, inFlight: number, one: () => Promise<unknown>): Promise<number> {
  let left = count;
  const startedAt = performance.now();
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await one();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (count * 1000) / (performance.now() - startedAt);
}

/** Processes that this one has started, and those that they have: their share of the memory, in MiB. */
function hostMemory(): number[] {
  const mine = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const parent = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
        return parent === String(process.pid) && command.includes('host-process');
      } catch {
        // It ended meanwhile.
        return false;
      }
    });
  return mine.map((pid) => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) / 1024;
  });
}

const echo = join(home, 'echo.mjs');
writeFileSync(echo, 'export default { handle: async (message) => message };\n');
const message = { text: 'x'.repeat(1000) };

/** The whole way from a webhook to a durable outcome, by the built runner. */
async function runsPerSecond(level: IsolationLevel): Promise<number> {
  const secret = 'whsec_bench';
  const connection = { owner: 'benchmark', origin: instant.url, credentials: { accessToken: 'bench' } };
  const config = join(home, 'effects.json');
  writeFileSync(
    config,
    JSON.stringify({
      connectors: ['stripe', 'hubspot'],
      automations: [join(import.meta.dirname, 'automations', 'invoice-to-contact')],
      connections: [
        { id: 'billing', connector: 'stripe', webhookSecret: secret, ...connection },
        { id: 'crm', connector: 'hubspot', ...connection },
      ],
    }),
  );
  const runner = await startRunnerProcess({
    ONCEOVER_CONFIG: config,
    ONCEOVER_DATA_DIR: join(home, `runner-${level}`),
    ONCEOVER_PORT: '0',
    ONCEOVER_LOG_LEVEL: 'warn',
    ONCEOVER_ISOLATION: level,
  });
  const run = async (count: number) => {
    const bodies = signedBodies(count, secret);
    const startedAt = performance.now();
    await saturate({ url: runner.url, path: '/v1/hooks/billing', bodies, inFlight: 64 });
    await waitForArrivals(instant.url, count);
    await waitForRuns(runner.url);
    return (count * 1000) / (performance.now() - startedAt);
  };
  await run(200);
  const rate = await run(quick ? 2000 : 8000);
  await runner.stop();
  return rate;
}

const cold = { automation: figures(), connector: figures() };
const slowCalls = figures();
const instantCalls = figures();
const messages = { one: figures(), sixteen: figures() };
const memory = figures();
const runs = figures();

try {
  await migrate({ ownerUrl: database.ownerUrl });
  const connector = await loadConnectorFolder(join(import.meta.dirname, '..', '..', 'connectors', 'hubspot'));
  const open = new Map<IsolationLevel, OpenBroker>();
  for (const level of levels) open.set(level, await openBroker(level, connector));
  const each = async (run: (level: IsolationLevel, opened: OpenBroker) => Promise<void>) => {
    for (const [level, opened] of open) await run(level, opened);
  };

  for (let round = 1; round <= 3 * rounds; round += 1) {
    await each(async (level, { broker }) => {
      if (level === 'inline') return;
      // A tenant has processes of its own: a new one means a cold start.
      const tenant = `cold-${round}`;
      let startedAt = performance.now();
      await broker.openAutomation({ tenant, bundleFile: echo }).request(message);
      note(cold.automation, level, performance.now() - startedAt);
      startedAt = performance.now();
      const signal = AbortSignal.timeout(10_000);
      await broker.normalize({ tenant, connector: 'hubspot', trigger: 'events', items: [], signal });
      note(cold.connector, level, performance.now() - startedAt);
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 2000));
  // Half of them hold a connector, half an automation; both levels are among them.
  const pss = hostMemory();
  for (const share of pss) note(memory, 'permission', share);

  await each(async (_level, opened) => {
    for (let warm = 0; warm < 50; warm += 1) await upsert(opened, 'instant');
  });
  for (let round = 1; round <= (quick ? 100 : 400); round += 1) {
    await each(async (level, opened) => note(slowCalls, level, await upsert(opened, 'slow')));
  }
  for (let round = 1; round <= rounds; round += 1) {
    await each(async (level, opened) => {
      note(instantCalls, level, await perSecond(quick ? 1000 : 4000, 16, () => upsert(opened, 'instant')));
      const automation = opened.broker.openAutomation({ tenant: 'default', bundleFile: echo });
      const ask = () => automation.request(message);
      await perSecond(500, 1, ask);
      note(messages.one, level, await perSecond(quick ? 5000 : 20_000, 1, ask));
      note(messages.sixteen, level, await perSecond(quick ? 20_000 : 100_000, 16, ask));
    });
  }
  for (const { close } of open.values()) await close();
  for (let round = 1; round <= rounds; round += 1) {
    for (const level of levels) note(runs, level, await runsPerSecond(level));
  }

  const of = (kind: Figures, level: IsolationLevel) => median(kind.get(level) ?? []);
  const cells = (kind: Figures, digits: number, unit: string) =>
    levels.map((level) => {
      const value = of(kind, level);
      const ratio = (value / of(kind, 'inline')).toFixed(2);
      if (Number.isNaN(value)) return '–';
      return `${value.toFixed(digits)} ${unit}${level === 'inline' || ratio === 'NaN' ? '' : ` (${ratio}×)`}`;
    });
  const row = (what: string, values: readonly string[]) => say(`| ${[what, ...values].join(' | ')} |`);
  say(`machine: ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}; medians, × is of inline`);
  say('');
  row('what', levels);
  say('|---|---|---|---|');
  row('a call at a vendor that takes 20 ms, p50', cells(slowCalls, 2, 'ms'));
  row('calls/s at a vendor that answers at once, 16 in flight', cells(instantCalls, 0, '/s'));
  row('webhook → effect, everything durable', cells(runs, 0, 'runs/s'));
  row('messages/s of 1 kB, 1 in flight', cells(messages.one, 0, '/s'));
  row('messages/s of 1 kB, 16 in flight', cells(messages.sixteen, 0, '/s'));
  row('cold start of an automation', cells(cold.automation, 0, 'ms'));
  row('cold start of a connector', cells(cold.connector, 0, 'ms'));
  const total = pss.reduce((sum, share) => sum + share, 0);
  say(
    `| PSS of an idle host process, mean and most of ${pss.length} | – | ${(total / pss.length).toFixed(0)} MiB, ${Math.max(...pss).toFixed(0)} MiB | |`,
  );
} finally {
  await slow.stop();
  await instant.stop();
  await database.stop();
  rmSync(home, { recursive: true, force: true });
}
