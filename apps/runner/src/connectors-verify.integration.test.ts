import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packFolder } from './testing/acme-package.ts';
import { processesWith, runCli } from './testing/cli-process.ts';
import { exampleConnectors } from './testing/source-connectors.ts';
import { startNpmRegistry } from './testing/npm-registry.ts';
import { sandboxPeer, writeVerifiable, type VerifyFault } from './testing/verifiable-connector.ts';
import { type TemporaryFolder, writeFiles } from './testing/write-files.ts';
import type { CheckResult } from './verify/check.ts';

let place: TemporaryFolder;
beforeAll(async () => {
  place = await writeFiles({ 'onceover.config.json': '{}', 'tmp/empty': '' });
});
afterAll(() => place?.[Symbol.asyncDispose]());

function cli(...args: string[]) {
  const variables = {
    ONCEOVER_CONFIG: join(place.path, 'onceover.config.json'),
    ONCEOVER_DATA_DIR: join(place.path, 'data'),
    TMPDIR: join(place.path, 'tmp'),
  };
  return runCli(['connectors', ...args], { variables, cwd: place.path });
}

async function verify(reference: string, ...options: string[]) {
  const { code, stdout, stderr } = await cli('verify', reference, '--json', ...options);
  if (stdout === '') return { code, stderr, lines: {}, details: {} };
  const { checks } = JSON.parse(stdout) as { checks: CheckResult[] };
  const entries = (member: 'result' | 'detail') =>
    Object.fromEntries(checks.map((check) => [check.check, check[member]]));
  return { code, stderr, lines: entries('result'), details: entries('detail') };
}

const allPassed = {
  isolation: 'passed',
  manifest: 'passed',
  sandbox: 'passed',
  authorize: 'passed',
  write: 'passed',
  refresh: 'passed',
  revoke: 'passed',
  rotation: 'not run',
  'kill before the effect': 'passed',
  'kill after the effect': 'passed',
  files: 'passed',
};

test('verify: the three connectors hold, each line of them, and nothing is left behind', async () => {
  const found = await Promise.all(exampleConnectors.map(async (id) => [id, await verify(id)] as const));
  const [stripe, hubspot, zendesk] = found.map(([, { code, lines }]) => ({ code, lines }));
  expect(hubspot).toEqual({ code: 0, lines: allPassed });
  expect(zendesk).toEqual({ code: 0, lines: allPassed });
  // It has no revocation by API, and says so.
  expect(stripe).toEqual({ code: 0, lines: { ...allPassed, revoke: 'not run' } });
  expect(found.map(([, { details }]) => details['refresh'])).toEqual(
    found.map(() => 'expired for 10 callers at once: 1 token call, 10 writes done'),
  );
  expect(await readdir(join(place.path, 'tmp'))).toEqual(['empty']);
  expect(processesWith(place.path)).toEqual([]);
}, 180_000);

const faults: readonly (readonly [VerifyFault, string, RegExp])[] = [
  ['needs a file', 'isolation', /no files but the package's.*import nothing that needs them/],
  ['other manifest', 'manifest', /declares another manifest than .*Build it again/],
  ['no sandbox', 'sandbox', /must print one JSON line/],
  ['no consent page', 'authorize', /consent page answered 404 at \/authorize/],
  ['undeclared call', 'write', /customers\.upsert .*call_not_declared/],
  ['any token', 'refresh', /it must answer 401/],
  ['no refresh', 'refresh', /check tokenUrl, refresh and tokenBody/],
  ['no revocation', 'revoke', /not proven: .*must end what is revoked/],
  ['changes its files', 'files', /left\.txt was added/],
];

test.each(faults)(
  'verify: a connector with the fault "%s" fails the line %s, and says what to change',
  async (fault, line, message) => {
    await using built = await writeVerifiable(fault);
    const { code, lines, details } = await verify(built.path, '--no-kill');
    expect({ code, result: lines[line], detail: details[line] }).toEqual({
      code: 1,
      result: 'failed',
      detail: expect.stringMatching(message),
    });
  },
);

test('verify: kills find a vendor that forgets keys, and a write that is never finished', async () => {
  await using forgets = await writeVerifiable('forgets keys');
  await using refuses = await writeVerifiable('refuses its own token');
  const [duplicate, lost] = await Promise.all([verify(forgets.path), verify(refuses.path)]);
  expect(duplicate.lines).toMatchObject({
    'kill before the effect': 'passed',
    'kill after the effect': 'failed',
  });
  expect(duplicate.details['kill after the effect']).toMatch(
    /2 effects in the ledger.*idempotencyKey does not hold at the sandbox/,
  );
  expect(lost.lines).toMatchObject({ 'kill before the effect': 'failed' });
  expect(lost.details['kill before the effect']).toMatch(
    /0 effect in the ledger, run waiting.*must finish the write/,
  );
  expect([duplicate.code, lost.code]).toEqual([1, 1]);
}, 180_000);

test('verify: a package is tried without being installed; an installed one by its id, as long as its files hold', async () => {
  await using built = await writeVerifiable();
  const tarball = await packFolder(built.path);
  const packed = await verify(tarball, '--no-kill');
  expect(packed).toMatchObject({ code: 0, lines: { write: 'passed', revoke: 'passed', files: 'passed' } });
  expect(await readdir(place.path)).toEqual(['onceover.config.json', 'tmp']);
  expect((await cli('add', tarball)).code).toBe(0);
  const { stdout, code } = await cli('verify', 'acme', '--no-kill');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /✓ files +passed .*as onceover\.lock has them: sha512-[^]*8 passed, 0 failed, 1 not run/,
  );
  const file = join(
    place.path,
    'data/connectors/acme/1.0.0/node_modules/@acme/onceover-connector/dist/index.js',
  );
  await writeFile(file, '');
  expect(await verify('acme')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/dist\/index\.js has changed since acme 1\.0\.0 was installed/),
  });
});

test('verify: a sandbox has what only it needs, and the installed connector has not', async () => {
  await using registry = await startNpmRegistry();
  await using peer = await writeFiles({
    'package.json': JSON.stringify({ name: sandboxPeer, version: '1.0.0', exports: './index.js' }),
    'index.js': '',
  });
  await registry.publish(await packFolder(peer.path), { name: sandboxPeer, version: '1.0.0' });
  await using built = await writeVerifiable(undefined, { hasPeer: true });
  await using other = await writeFiles({ 'onceover.config.json': '{}', 'tmp/empty': '' });
  const variables = {
    ...registry.variables,
    ONCEOVER_CONFIG: join(other.path, 'onceover.config.json'),
    ONCEOVER_DATA_DIR: join(other.path, 'data'),
    TMPDIR: join(other.path, 'tmp'),
  };
  const run = (...args: string[]) => runCli(['connectors', ...args], { variables, cwd: other.path });
  expect((await run('add', await packFolder(built.path))).code).toBe(0);
  const tarball = `/${sandboxPeer}/-/${sandboxPeer}-1.0.0.tgz`;
  expect(registry.requests).not.toContain(tarball);
  const { code, stdout } = await run('verify', 'acme', '--no-kill');
  expect(stdout).toMatch(/✓ sandbox[^]*✓ revoke[^]*8 passed, 0 failed/);
  expect(code).toBe(0);
  expect(registry.requests).toContain(tarball);
  const left = await readdir(join(other.path, 'tmp'));
  expect(left.filter((name) => name.startsWith('onceover-'))).toEqual([]);
});

test('verify: what is no connector is refused before anything is started', async () => {
  expect(await verify('nothing')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no connector "nothing"\. Known here: .*stripe/),
  });
  await using built = await writeVerifiable();
  await writeFile(join(built.path, 'dist', 'manifest.json'), '{}');
  expect(await verify(built.path)).toMatchObject({ code: 1, stderr: expect.stringMatching(/\/specVersion/) });
});
