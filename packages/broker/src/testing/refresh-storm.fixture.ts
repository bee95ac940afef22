import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findGrant, openStore, type Store } from '@onceover/store';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import { type Broker, createBroker } from '../create-broker.ts';
import { createKeyring } from '../keyring/keyring.ts';
import { writeOAuthConnector } from './oauth-connector.fixture.ts';
import { connect, redirectUri } from './oauth-person.fixture.ts';
import {
  type OAuthProfile,
  type OAuthVendor,
  startOAuthVendor,
  vendorClient,
} from './oauth-vendor.fixture.ts';
import type { CallerMessage, CallerSettings } from './refresh-caller.fixture.ts';

/** Processes of runners that share one authorised connection to a real OAuth server. */
export interface RefreshStorm extends AsyncDisposable {
  vendor: OAuthVendor;
  /** A runner in this process. */
  broker: Broker;
  store: Store;
  startCaller(options?: { skewMs?: number; atStore?: CallerSettings['atStore'] }): Promise<Caller>;
}

export interface Caller {
  child: ChildProcess;
  /** That many callers at once; how often each status came. */
  call(callers: number): Promise<Record<string, number>>;
}

export async function openRefreshStorm(options: {
  databaseUrl: string;
  profile: OAuthProfile;
  leaseMs?: number;
}): Promise<RefreshStorm> {
  const { databaseUrl, profile, leaseMs = 30_000 } = options;
  const stack = new AsyncDisposableStack();
  const vendor = stack.use(await startOAuthVendor(profile, { redirectUri }));
  const refresh = {
    rotates: 'always',
    oldAccessDies: profile.oldAccessDies ?? false,
    graceSeconds: 0,
  } as const;
  const { folder } = stack.use(await writeOAuthConnector({ refresh }));
  const key = randomBytes(32);
  const store = await openStore({ url: databaseUrl, applicationName: 'test' });
  stack.defer(() => store.close());
  const broker = await createBroker({
    store,
    keyring: createKeyring([{ id: 'key-1', key, createdAt: new Date(0) }]),
    connectors: [await loadConnectorFolder(folder)],
    mode: 'development',
    refreshLeaseMs: leaseMs,
    cacheTtlMs: 0,
  });
  stack.defer(() => broker.close());
  await broker.connections.applyConfig({
    registrations: [
      { id: 'app', connector: 'example', clientId: vendorClient.id, clientSecret: vendorClient.secret },
    ],
    connections: [
      {
        id: 'billing',
        connector: 'example',
        owner: 'finance',
        registration: 'app',
        variables: { region: 'eu' },
        origin: vendor.origin,
      },
    ],
  });
  const failure = await connect(broker, 'billing');
  if (failure !== null) throw new Error(failure);
  return {
    vendor,
    broker,
    store,
    async startCaller({ skewMs = 0, atStore } = {}) {
      const settings: CallerSettings = {
        databaseUrl,
        key: key.toString('hex'),
        folder,
        skewMs,
        leaseMs,
        atStore,
      };
      const child = fork(join(import.meta.dirname, 'refresh-caller.fixture.ts'), [JSON.stringify(settings)], {
        execArgv: ['--conditions=@onceover/source', '--no-warnings'],
      });
      stack.defer(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGKILL');
        await once(child, 'exit');
      });
      await answerOf(child);
      return {
        child,
        async call(callers) {
          child.send({ callers });
          const answer = await answerOf(child);
          return 'statuses' in answer ? answer.statuses : {};
        },
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The next message; rejects when the process ends before. */
async function answerOf(child: ChildProcess): Promise<CallerMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<CallerMessage>();
  const onExit = (code: number | null, signal: string | null) =>
    reject(new Error(`ended: ${code ?? signal}`));
  child.once('message', resolve as () => void); // Only our own process speaks here.
  child.once('exit', onExit);
  try {
    return await promise;
  } finally {
    child.off('exit', onExit);
    child.off('message', resolve as () => void);
  }
}

/** How the access token ends before a round of calls. */
type Ending = 'by the server’s clock' | 'in time' | 'soon';

const endings: readonly Ending[] = ['by the server’s clock', 'by the server’s clock', 'in time', 'soon'];
const briefSeconds = 4;

export interface StormResult {
  rounds: number;
  /** Rounds that had not exactly one token call, or a call that was not answered. */
  wrongRounds: string[];
  tokenCalls: number;
  revokedFamilies: number;
  /** What the callers got, all rounds together. */
  statuses: Record<string, number>;
}

/**
 * Round after round the access token ends, and then all callers of all processes use it at once. Their clocks are a
 * minute apart either way.
 */
export async function runRefreshStorm(options: {
  databaseUrl: string;
  processes: number;
  callers: number;
  rounds: number;
  onRound?: (round: number, result: StormResult) => void;
}): Promise<StormResult> {
  const { databaseUrl, processes, callers, rounds, onRound } = options;
  const profile: OAuthProfile = { accessSeconds: 3600 };
  await using storm = await openRefreshStorm({ databaseUrl, profile });
  const { vendor } = storm;
  const skews = [60_000, 0, -60_000];
  const runners = await Promise.all(
    Array.from({ length: processes }, (_, index) => storm.startCaller({ skewMs: skews[index % 3] ?? 0 })),
  );
  const result: StormResult = { rounds: 0, wrongRounds: [], tokenCalls: 0, revokedFamilies: 0, statuses: {} };
  const tokenCalls = () => vendor.tokenCalls.filter(({ grantType }) => grantType === 'refresh_token').length;
  let receivedAt = performance.now();
  for (let round = 1; round <= rounds; round += 1) {
    const ending = endings[round % endings.length] ?? 'in time';
    const next = endings[(round + 1) % endings.length];
    const before = tokenCalls();
    // A token that was given for little time is waited for: past 80 % of it, or past its end.
    if (ending === 'by the server’s clock') vendor.expireAccessTokens();
    else {
      const waitMs = briefSeconds * (ending === 'soon' ? 890 : 1060) - (performance.now() - receivedAt);
      await sleep(Math.max(0, waitMs));
    }
    vendor.profile = { ...profile, accessSeconds: next === 'by the server’s clock' ? 3600 : briefSeconds };
    vendor.onTokenAnswer = () => {
      receivedAt = performance.now();
    };
    const startedAt = performance.now();
    const answered = await Promise.all(runners.map((runner) => runner.call(callers)));
    const took = performance.now() - startedAt;
    for (const statuses of answered) {
      for (const [status, count] of Object.entries(statuses)) {
        result.statuses[status] = (result.statuses[status] ?? 0) + count;
      }
    }
    // A refresh in advance may still be on its way when its callers are done.
    while ((await findGrant(storm.store, 'billing'))?.leasedForMs !== 0) await sleep(20);
    const calls = tokenCalls() - before;
    if (calls !== 1 || answered.some((statuses) => statuses['200'] !== callers)) {
      result.wrongRounds.push(
        `round ${round}, ended ${ending}, ${Math.round(took)} ms: ${calls} token calls, answers ${JSON.stringify(answered)}`,
      );
    }
    result.rounds = round;
    result.tokenCalls = tokenCalls();
    result.revokedFamilies = vendor.revokedFamilies;
    onRound?.(round, result);
  }
  return result;
}
