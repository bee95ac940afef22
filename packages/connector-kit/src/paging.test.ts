import { UpstreamError } from '@onceover/contract';
import { expect, test } from 'vitest';
import { collect, pages } from './paging.ts';

test('pages: a list is read until there is no next cursor', async () => {
  const list = pages(async (cursor: number | undefined) => ({
    items: [cursor ?? 0],
    next: (cursor ?? 0) < 3 ? (cursor ?? 0) + 1 : null,
  }));
  expect(await collect(list)).toEqual([0, 1, 2, 3]);
});

test('pages: a cursor that comes again is an error and no loop', async () => {
  const list = pages(async () => ({ items: ['x'], next: 'again' }));
  await expect(collect(list)).rejects.toThrow(UpstreamError);
});

test('pages: an aborted signal ends the list before the next page', async () => {
  const abort = new AbortController();
  const read: number[] = [];
  const list = pages(
    async (cursor: number | undefined) => ({ items: [1], next: (cursor ?? 0) + 1 }),
    abort.signal,
  );
  await expect(
    (async () => {
      for await (const items of list) {
        read.push(...items);
        abort.abort(new Error('enough'));
      }
    })(),
  ).rejects.toThrow('enough');
  expect(read).toEqual([1]);
});
