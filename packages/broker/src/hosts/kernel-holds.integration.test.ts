import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AttackTargets, openAttackTargets } from '../testing/attack-targets.fixture.ts';
import { type CompiledBundle, writeCompiledBundle } from '../testing/compiled-code.fixture.ts';
import { type ConnectorFolder, writeConnectorFolder } from '../testing/connector-folder.fixture.ts';
import { isRoot } from '../testing/tested-levels.fixture.ts';
import { createJailMaker } from './create-jail.ts';
import { findHostTools, hostCommand } from './host-command.ts';
import { defaultHostLimits } from './host-limits.ts';
import { createHostUids } from './host-uids.ts';

/**
 * What is left of `strict` when Node's permission model is taken away, and with it the functions that a host removes:
 * the same attacks in a process that only the kernel holds.
 */

let unheld: CompiledBundle;
let beside: ConnectorFolder;
let aims: AttackTargets;
beforeAll(async () => {
  unheld = await writeCompiledBundle(join(import.meta.dirname, '..', 'testing', 'hostile-unheld.fixture.ts'));
  beside = await writeConnectorFolder();
  aims = await openAttackTargets(beside.folder);
});
afterAll(async () => {
  for (const one of [aims, beside, unheld]) await one[Symbol.asyncDispose]();
});

test.runIf(isRoot)(
  'strict: without any help of Node’s, no file, no socket and no process is in reach',
  async () => {
    const tools = findHostTools();
    const { file, args } = hostCommand({
      readable: { paths: [unheld.file], packages: {} },
      program: { file: unheld.file, package: '', parts: [] },
      limits: defaultHostLimits,
      tools,
      cell: { uid: await createHostUids().take(), jail: await createJailMaker(tools)() },
    });
    const bare = args.filter((word) => !/^--(permission|allow-|no-experimental)/.test(word)).slice(0, -1);
    const attacks = [
      'read the password file',
      'read the keyring',
      'see whether the keyring is there',
      'resolve the keyring as a module',
      'find out whether a package is there',
      'read another connector’s code',
      'write into its own folder',
      'open a database file',
      'read its environment',
      'read the runner’s environment',
      'read the runner’s memory',
      'list processes',
      'connect to the vendor',
      'connect by IPv6',
      'fetch the vendor',
      'look a name up',
      'connect to a Unix socket',
      'connect to an abstract socket',
      'see the machine’s network',
      'spawn a shell',
      'signal the runner',
      'signal the database',
      'open the runner’s inspector',
      'slow the runner down',
      'become root',
      'join the group of root',
    ];
    const results = await run(file, [...bare, JSON.stringify(attacks)]);
    expect(Object.keys(results)).toEqual(attacks);
    expect(Object.entries(results).filter(([, result]) => result === 'got')).toEqual([]);
    expect(aims.reached).toEqual([]);
  },
);

test('permission: what Node leaves open, and only the removal of its functions closes', async () => {
  const { file, args } = hostCommand({
    readable: { paths: [unheld.file], packages: {} },
    program: { file: unheld.file, package: '', parts: [] },
    limits: defaultHostLimits,
    tools: findHostTools(),
    cell: undefined,
  });
  const open = [
    'signal the runner',
    'signal the database',
    'slow the runner down',
    'open the runner’s inspector',
  ];
  const held = ['read the keyring', 'connect to the vendor', 'spawn a shell', 'start a worker'];
  const results = await run(file, [...args.slice(0, -1), JSON.stringify([...open, ...held])]);
  const got = Object.entries(results).filter(([, result]) => result === 'got');
  expect(got.map(([name]) => name)).toEqual(open);
});

async function run(file: string, args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(file, [...args, JSON.stringify(aims.targets)], { env: {} });
  return JSON.parse(stdout) as Record<string, unknown>;
}
