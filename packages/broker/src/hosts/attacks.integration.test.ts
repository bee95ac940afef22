import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JsonValue } from '@onceover/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoadedConnector } from '../call-types.ts';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import { type AttackTargets, openAttackTargets } from '../testing/attack-targets.fixture.ts';
import { fileAttacks } from '../testing/attacks/file-attacks.fixture.ts';
import { networkAttacks } from '../testing/attacks/network-attacks.fixture.ts';
import { processAttacks } from '../testing/attacks/process-attacks.fixture.ts';
import { forgedAnswers, pipeAttacks } from '../testing/attacks/pipe-attacks.fixture.ts';
import { resourceAttacks } from '../testing/attacks/resource-attacks.fixture.ts';
import {
  type CompiledProgram,
  writeCompiledBundle,
  writeCompiledConnector,
  writeCompiledProgram,
} from '../testing/compiled-code.fixture.ts';
import type { ConnectorFolder } from '../testing/connector-folder.fixture.ts';
import { connector as hostile } from '../testing/hostile-connector.fixture.ts';
import { manifestOf } from '@onceover/contract';
import { detectIsolation } from './detect-isolation.ts';
import { createHostPool, type HostPool } from './host-pool.ts';
import { isRoot, testedLevels } from '../testing/tested-levels.fixture.ts';

/**
 * A hostile connector on each level. `strict` is part of what is promised: where it cannot be had, these tests fail.
 */
type Level = 'permission' | 'strict';
const levels: readonly Level[] = testedLevels;

/** What a level cannot stop, and nothing but a better level does. */
const unstopped: Readonly<Record<Level, readonly string[]>> = {
  permission: [
    // Node tells by its errors, and by what it resolves, whether a file is there; it does not read it.
    'resolve the keyring as a module',
    'find out whether a package is there',
    'see the machine’s network',
  ],
  strict: [],
};

/** What succeeds nowhere as it stands here, and why it is tried all the same. */
const needsMore: Readonly<Record<string, string>> = {
  'become another program': 'it ends the process that would tell of it',
  'ask a name server': 'there is none where tests run',
  'load an addon': 'there is none to load',
  'take a linked binding': 'only programs that embed Node link any',
  'signal by a process that never was': 'the handle knows its own process',
  'send a message of Node’s own': 'it takes a channel of Node’s, which no host is given',
  ...(!isRoot && { 'become root': 'only root may', 'join the group of root': 'only root may' }),
};

const limits = {
  heapMiB: 64,
  residentMiB: 220,
  addressSpaceMiB: 1536,
  watchEveryMs: 100,
  graceMs: 300,
  restartMs: 1,
  restartMostMs: 1,
};

let built: ConnectorFolder;
let connector: LoadedConnector;
let aims: AttackTargets;
let program: CompiledProgram;
beforeAll(async () => {
  built = await writeCompiledConnector(
    join(import.meta.dirname, '..', 'testing', 'hostile-connector.fixture.ts'),
    {
      manifest: manifestOf(hostile),
    },
  );
  connector = await loadConnectorFolder(built.folder);
  aims = await openAttackTargets(built.folder);
  program = await writeCompiledProgram();
});
afterAll(async () => {
  await aims[Symbol.asyncDispose]();
  await built[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
});

test('this machine offers every level that its user may have', async () => {
  const { levels: offered, missing } = await detectIsolation();
  expect(offered).toEqual([...testedLevels.toReversed(), 'inline']);
  expect(Object.keys(missing)).toEqual(isRoot ? [] : ['strict']);
});

test('each attack is one: where nothing holds the code, it succeeds', async () => {
  await using unheld = await writeCompiledBundle(
    join(import.meta.dirname, '..', 'testing', 'hostile-unheld.fixture.ts'),
  );
  const names = Object.keys({ ...fileAttacks, ...networkAttacks, ...processAttacks });
  const tried = names.filter((name) => !(name in needsMore));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', unheld.file, JSON.stringify(tried), JSON.stringify(aims.targets)],
    { env: { CANARY: 'x' } },
  );
  const failed = Object.entries(JSON.parse(stdout) as Record<string, unknown>).filter(
    ([, result]) => result !== 'got',
  );
  expect(failed).toEqual([]);
  expect(new Set(aims.reached)).toEqual(new Set(['tcp', 'unix', 'abstract']));
  aims.reached.length = 0;
});

const noCallback = async (): Promise<JsonValue> => ({ kind: 'error', error: null });

/** What the attack got, or the code of the error that it met. */
interface Result {
  got?: JsonValue;
  refused?: string;
  message?: string;
}

async function attackOn(
  pool: HostPool,
  attack: { tenant: string; name: string; request?: number; withinMs?: number; signal?: AbortSignal },
): Promise<Result> {
  const { tenant, name, request = 0, withinMs = 20_000 } = attack;
  const signal = AbortSignal.any([AbortSignal.timeout(withinMs), ...(attack.signal ? [attack.signal] : [])]);
  const message = {
    kind: 'run',
    operation: 'code.attack',
    mode: 'execute',
    connection: { id: 'billing', account: null, variables: {} },
    input: { name, targets: aims.targets, request },
  };
  try {
    const host = pool.connector(tenant, connector);
    const reply = await host.request(message, noCallback, signal);
    // The operation above answers with exactly this.
    const { kind, output, error } = reply as unknown as {
      kind: string;
      output: Result;
      error: { code: string; message: string };
    };
    return kind === 'read' ? output : { refused: error.code, message: error.message };
  } catch (error) {
    const { code = 'no code', message } = error as { code?: string; message: string };
    return { refused: code, message };
  }
}

// Both levels at once, and of each what ends processes beside what does not: mostly they wait.
describe.concurrent.each(levels)('%s', (level) => {
  let pool: HostPool;
  beforeAll(() => {
    pool = createHostPool({ level, limits, program: program.program });
  });
  afterAll(() => pool.close());

  describe.each([
    ['files', fileAttacks],
    ['network', networkAttacks],
    ['processes', processAttacks],
  ])('%s', (_what, attacks) => {
    test.each(Object.keys(attacks))('%s', { concurrent: false }, async (name) => {
      const result = await attackOn(pool, { tenant: 'default', name });
      const isStopped = !unstopped[level].includes(name);
      const stopped = { refused: expect.any(String), message: expect.stringMatching(/./) };
      const succeeded = { got: expect.anything() };
      expect(result).toEqual(isStopped ? stopped : succeeded);
      expect(aims.reached).toEqual([]);
    });
  });

  describe('what it can get of time, memory and output', () => {
    /** The error of the attack itself, and that of a call that was with the same process at the time. */
    const ends: Readonly<Record<string, readonly [own: string | RegExp, other: string | undefined]>> = {
      'loop without end': ['host_deadline', 'host_hung'],
      'loop in microtasks': ['host_deadline', 'host_hung'],
      'loop in a regular expression': ['host_deadline', 'host_hung'],
      'wait without end': ['host_deadline', undefined],
      'fill the heap': ['host_exited', 'host_exited'],
      // Too much resident memory, or no address left for more: whichever comes first.
      'take memory beyond the heap': [/^host_memory$|^ERR_MEMORY_ALLOCATION_FAILED$/, expect.any(String)],
      // The error is the code's own: it goes on, without the memory.
      'take more memory than there are addresses': [/^(no code|ERR_\w+|host_exited)$/, expect.any(String)],
      'flood standard output': ['host_output', 'host_output'],
      'flood standard error at once': ['host_output', 'host_output'],
      exit: ['host_exited', 'host_exited'],
      abort: ['host_exited', 'host_exited'],
      'throw outside of any promise': ['host_exited', 'host_exited'],
      'answer with nine mebibytes': ['host_message', undefined],
    };

    test.each(Object.keys(resourceAttacks))('%s', { concurrent: false }, async (name) => {
      const [own, other] = ends[name] ?? ['', undefined];
      const hangs = own === 'host_deadline';
      const tenant = 'resources';
      await attackOn(pool, { tenant, name: 'read the password file' });
      const enough = new AbortController();
      const beside = attackOn(pool, { tenant, name: 'wait without end', signal: enough.signal });
      const result = await attackOn(pool, { tenant, name, ...(hangs && { withinMs: 300 }) });
      // Where the process may outlive the attack, the other call waits on until it is given up.
      if (typeof other !== 'string') enough.abort();
      expect(result).toEqual({ refused: expect.stringMatching(own), message: expect.stringMatching(/./) });
      expect(await beside).toMatchObject({ refused: other ?? 'host_deadline' });
      // Whatever became of the process, the next call is served.
      expect(await attackOn(pool, { tenant, name: 'read the password file' })).toMatchObject({
        refused: expect.stringMatching(/^ERR_ACCESS_DENIED$|^ENOENT$/),
      });
    });
  });

  describe('messages that no honest process sends', () => {
    const floods = ['flood with late answers', 'flood with large late answers', 'flood with callbacks'];

    test.each(Object.keys({ ...pipeAttacks, ...forgedAnswers }))(
      '%s',
      { concurrent: false },
      async (name) => {
        // A process of its own: its first request was for the manifest, and its second is the attack.
        const result = await attackOn(pool, { tenant: `pipe: ${name}`, name, request: 2 });
        const code =
          name === 'close the pipe' ? 'host_exited' : floods.includes(name) ? 'host_flood' : 'host_forged';
        expect(result).toEqual({ refused: code, message: expect.stringContaining('ended during the call') });
      },
    );
  });

  test('one tenant’s process knows nothing of another’s', async () => {
    const left = await attackOn(pool, { tenant: 'one', name: 'leave a secret in the module' });
    expect(left).toEqual({ got: 'left' });
    const found = await attackOn(pool, { tenant: 'one', name: 'find another’s secret in the module' });
    expect(found).toMatchObject({ got: aims.targets['left'] });
    const missed = await attackOn(pool, { tenant: 'two', name: 'find another’s secret in the module' });
    expect(missed).toMatchObject({ refused: 'no code', message: 'there was nothing to get' });
  });

  test('what an answer brings along pollutes nothing', async () => {
    await attackOn(pool, { tenant: 'one', name: 'pollute the runner’s prototypes' });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
