import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { processesWith, runCli } from './testing/cli-process.ts';
import { startNpmRegistry } from './testing/npm-registry.ts';
import { packFolder } from './testing/pack.ts';
import { sandboxPeer, writeVerifiable } from './testing/verifiable-connector.ts';
import { type TemporaryFolder, writeFiles } from './testing/write-files.ts';
import type { CheckResult } from './verify/check.ts';

// Whole commands, several at once: what waits for a lease after a kill costs nobody time.
vi.setConfig({ testTimeout: 180_000 });

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

test.concurrent('verify: kills find a vendor that forgets keys, and a write that is never finished', async () => {
  await using forgets = await writeVerifiable('forgets keys', { hasExtras: true });
  await using refuses = await writeVerifiable('refuses its own token');
  const [duplicate, lost] = await Promise.all([verify(forgets.path), verify(refuses.path)]);
  expect(duplicate.lines).toMatchObject({
    'kill before the effect': 'passed',
    'kill after the effect': 'failed',
    // What else is killed goes on.
    subscription: 'passed',
    'rotation, accessToken': 'passed',
    'rotation, webhookSecret': 'passed',
    'rotation, clientSecret': 'passed',
    'kill, class B': 'passed',
    'kill, class C': 'passed',
    unsubscribe: 'passed',
  });
  expect(duplicate.details).toMatchObject({
    'rotation, accessToken': expect.stringMatching(/killed in the middle.*1 current, 0 orphans/),
    'kill, class B': expect.stringMatching(/1 effect in the ledger, run succeeded, found by look-up/),
    'kill, class C': expect.stringMatching(/1 effect in the ledger, run waiting, sent once/),
  });
  expect(duplicate.details['kill after the effect']).toMatch(
    /2 effects in the ledger.*idempotencyKey does not hold at the sandbox/,
  );
  expect(lost.lines).toMatchObject({ 'kill before the effect': 'failed' });
  expect(lost.details['kill before the effect']).toMatch(
    /0 effect in the ledger, run waiting.*must finish the write/,
  );
  expect([duplicate.code, lost.code]).toEqual([1, 1]);
});

test.concurrent('verify: a package is tried without being installed; an installed one by its id, as long as its files hold', async () => {
  await using built = await writeVerifiable();
  const tarball = await packFolder(built.path);
  const packed = await verify(tarball, '--no-kill');
  expect(packed).toMatchObject({ code: 0, lines: { write: 'passed', revoke: 'passed', files: 'passed' } });
  expect(existsSync(join(place.path, 'onceover.lock'))).toBe(false);
  expect(existsSync(join(place.path, 'data'))).toBe(false);
  expect((await cli('add', tarball)).code).toBe(0);
  const { stdout, code } = await cli('verify', 'acme', '--no-kill');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /✓ files +passed .*as onceover\.lock has them: sha512-[^]*8 passed, 0 failed, 4 not run/,
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

test.concurrent('verify: a sandbox has what only it needs, and the installed connector has not', async () => {
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

test.concurrent('verify: what is no connector is refused before anything is started', async () => {
  expect(await verify('nothing')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no connector "nothing"\. Known here: .*stripe/),
  });
  await using built = await writeVerifiable();
  await writeFile(join(built.path, 'dist', 'manifest.json'), '{}');
  expect(await verify(built.path)).toMatchObject({ code: 1, stderr: expect.stringMatching(/\/specVersion/) });
});

// After all of the others, which run at once.
test('verify: whatever was killed and broken, no file and no process of it is left', async () => {
  const left = await readdir(join(place.path, 'tmp'));
  expect(left.filter((name) => name.startsWith('onceover-'))).toEqual([]);
  expect(processesWith(place.path)).toEqual([]);
});
