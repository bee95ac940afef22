import { expect, test } from 'vitest';
import { createGroupCommit, QueueFullError } from './group-commit.ts';

/** A flush whose groups end when the test says so. */
function openFlushes() {
  const groups: { entries: readonly number[]; commit(): void; fail(error: Error): void }[] = [];
  const flush = (entries: readonly number[]) =>
    new Promise<readonly number[]>((resolve, reject) => {
      groups.push({
        entries,
        commit: () => resolve(entries.map((entry) => entry * 10)),
        fail: reject,
      });
    });
  return { groups, flush };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));
const never = () => false;

test('group commit: what comes in one turn is one group, each entry gets its own result', async () => {
  const { groups, flush } = openFlushes();
  const group = createGroupCommit({ flush, shouldIsolate: never });
  const results = Promise.all([group.add(1), group.add(2), group.add(3)]);
  await turn();
  expect(groups.map(({ entries }) => entries)).toEqual([[1, 2, 3]]);
  groups[0]?.commit();
  expect(await results).toEqual([10, 20, 30]);
});

test('group commit: at most so many groups are under way, the rest waits and goes together', async () => {
  const { groups, flush } = openFlushes();
  const group = createGroupCommit({ flush, shouldIsolate: never, maxInFlight: 1 });
  const first = group.add(1);
  await turn();
  const rest = Promise.all([group.add(2), group.add(3)]);
  await turn();
  expect(groups).toHaveLength(1);
  expect(group.size).toBe(3);
  groups[0]?.commit();
  await first;
  await turn();
  await turn();
  expect(groups[1]?.entries).toEqual([2, 3]);
  groups[1]?.commit();
  await rest;
  expect(group.size).toBe(0);
});

test('group commit: a bad entry fails alone when the failure may be its own', async () => {
  const group = createGroupCommit<number, number>({
    shouldIsolate: () => true,
    flush: async (entries) => {
      if (entries.includes(2)) throw new Error('two is bad');
      return entries;
    },
  });
  const settled = await Promise.allSettled([group.add(1), group.add(2), group.add(3)]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('group commit: a failure that is nobody’s own fails the group', async () => {
  const { groups, flush } = openFlushes();
  const group = createGroupCommit({ flush, shouldIsolate: never });
  const settled = Promise.allSettled([group.add(1), group.add(2)]);
  await turn();
  groups[0]?.fail(new Error('the database is gone'));
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(groups).toHaveLength(1);
});

test('group commit: a full queue refuses', async () => {
  const { groups, flush } = openFlushes();
  const group = createGroupCommit({ flush, shouldIsolate: never, maxQueued: 2 });
  const accepted = Promise.all([group.add(1), group.add(2)]);
  await expect(group.add(3)).rejects.toBeInstanceOf(QueueFullError);
  await turn();
  groups[0]?.commit();
  await accepted;
});
