import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { countLeases, takeLease } from './leases.ts';
import { identityOf } from './process-identity.ts';
import { withStartLock } from './start-lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onceover-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const log = () => {};
/** A number that no process has: the largest is 2^22 on Linux. */
const dead = { pid: 2 ** 22 + 1, startedAt: '1' };

it('withStartLock: one at a time, and nothing stays behind', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withStartLock({ path, log }, work)));
  expect(most).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});

it('withStartLock: frees the lock when the work fails, and gives its error', async () => {
  const failure = new Error('no');
  await expect(withStartLock({ path, log }, () => Promise.reject(failure))).rejects.toBe(failure);
  expect(readdirSync(folder)).toEqual([]);
});

it.each([
  ['that died', { ...dead, token: 'x' }],
  ['whose number another process has by now', { ...identityOf(process.pid), startedAt: '1', token: 'x' }],
])(
  'withStartLock: several who find the lock of a process %s take it one after the other',
  async (_, holder) => {
    writeFileSync(path, JSON.stringify(holder));
    let inside = 0;
    const work = async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise(setImmediate);
      inside -= 1;
      return 'done';
    };
    const all = await Promise.all(Array.from({ length: 8 }, () => withStartLock({ path, log }, work)));
    expect(all).toEqual(Array(8).fill('done'));
    expect(readdirSync(folder)).toEqual([]);
  },
);

it('countLeases: counts the living, and forgets the dead and the unreadable', () => {
  const leases = join(folder, 'leases');
  expect(countLeases(leases)).toBe(0);
  const mine = takeLease(leases);
  takeLease(leases);
  writeFileSync(join(leases, 'dead'), JSON.stringify(dead));
  writeFileSync(join(leases, 'half'), '{"pid":');
  expect(countLeases(leases)).toBe(2);
  expect(readdirSync(leases)).toHaveLength(2);
  rmSync(mine);
  expect(countLeases(leases)).toBe(1);
});
