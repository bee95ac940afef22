import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAutomation } from '../automations/open-automation.ts';
import { type AttackTargets, openAttackTargets } from '../testing/attack-targets.fixture.ts';
import {
  type CompiledBundle,
  type CompiledProgram,
  writeCompiledBundle,
  writeCompiledProgram,
} from '../testing/compiled-code.fixture.ts';
import { type ConnectorFolder, writeConnectorFolder } from '../testing/connector-folder.fixture.ts';
import { createHostPool, type HostPool } from './host-pool.ts';
import { testedLevels } from '../testing/tested-levels.fixture.ts';

/** A hostile automation on each level: an attack, and what comes of it. */
const outcomes: readonly (readonly [attack: string, outcome: object])[] = [
  ['read the keyring', { refused: 'ERR_ACCESS_DENIED' }],
  ['read the runner’s environment', { refused: 'ERR_ACCESS_DENIED' }],
  ['read its environment', { message: 'there was nothing to get' }],
  // Not even its own bundle is a file to it: it came through the pipe.
  ['write into its own folder', { refused: 'ERR_ACCESS_DENIED' }],
  ['open a database file', { refused: 'ERR_UNKNOWN_BUILTIN_MODULE' }],
  ['connect to the vendor', { refused: 'ERR_ACCESS_DENIED' }],
  ['connect to a Unix socket', { refused: 'ERR_ACCESS_DENIED' }],
  ['look a name up', { refused: 'ERR_ACCESS_DENIED' }],
  ['spawn a shell', { refused: 'ERR_ACCESS_DENIED' }],
  ['start a worker', { refused: 'ERR_ACCESS_DENIED' }],
  ['signal the runner', { refused: 'no code' }],
  ['slow the runner down', { refused: 'no code' }],
  // The reply to the callback is an error, whatever is called.
  ['call a vendor', { got: { kind: 'error', error: { message: 'Automation code makes no calls' } } }],
  ['read links of a connection', { got: { kind: 'error' } }],
  ['exit', { kind: 'error', error: { code: 'host_exited' } }],
  ['fill the heap', { kind: 'error', error: { code: 'host_exited' } }],
  ['flood standard output', { kind: 'error', error: { code: 'host_output' } }],
  ['write nonsense', { kind: 'error', error: { code: 'host_forged' } }],
  ['answer what was never asked', { kind: 'error', error: { code: 'host_forged' } }],
  ['answer with nine mebibytes', { kind: 'error', error: { code: 'host_message' } }],
  ['loop without end', { kind: 'error', error: { code: 'host_deadline' } }],
  ['wait without end', { kind: 'error', error: { code: 'host_deadline' } }],
  ['loop in a regular expression', { kind: 'error', error: { code: 'host_deadline' } }],
];

let bundle: CompiledBundle;
let program: CompiledProgram;
let beside: ConnectorFolder;
let aims: AttackTargets;
beforeAll(async () => {
  bundle = await writeCompiledBundle(
    join(import.meta.dirname, '..', 'testing', 'hostile-automation.fixture.ts'),
  );
  program = await writeCompiledProgram();
  beside = await writeConnectorFolder();
  aims = await openAttackTargets(beside.folder);
});
afterAll(async () => {
  for (const one of [aims, beside, program, bundle]) await one[Symbol.asyncDispose]();
});

// Both levels at once: mostly they wait.
describe.concurrent.each(testedLevels)('%s', (level) => {
  let pool: HostPool;
  beforeAll(() => {
    pool = createHostPool({
      level,
      program: program.program,
      limits: { heapMiB: 64, graceMs: 300, restartMs: 1, restartMostMs: 1 },
    });
  });
  afterAll(() => pool.close());

  test.each(outcomes)('%s', { concurrent: false }, async (name, outcome) => {
    const automation = openAutomation({ tenant: 'default', bundleFile: bundle.file }, pool);
    expect(automation.level).toBe(level);
    const hangs = /without end|regular/.test(name);
    const signal = AbortSignal.timeout(hangs ? 500 : 9000);
    const reply = await automation.request({ name, targets: aims.targets }, signal);
    expect(reply).toMatchObject(outcome);
    expect(aims.reached).toEqual([]);
  });

  test('after all of it the next batch is served', { concurrent: false }, async () => {
    const automation = openAutomation({ tenant: 'default', bundleFile: bundle.file }, pool);
    expect(await automation.request({ name: 'leave a secret in the module', targets: aims.targets })).toEqual(
      {
        got: 'left',
      },
    );
    const other = openAutomation({ tenant: 'other', bundleFile: bundle.file }, pool);
    const name = 'find another’s secret in the module';
    expect(await other.request({ name, targets: aims.targets })).toMatchObject({
      message: 'there was nothing to get',
    });
  });
});
