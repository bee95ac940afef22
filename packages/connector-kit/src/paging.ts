import { UpstreamError } from '@onceover/contract';

/** One page of a vendor's list, and where the next one starts. */
export interface Page<Item, Cursor> {
  items: readonly Item[];
  /** Null or undefined at the end. */
  next: Cursor | null | undefined;
}

/**
 * Reads a list page by page until its end. A cursor that comes again ends in an error instead of a loop.
 * @throws {UpstreamError} when the vendor repeats a cursor
 */
export async function* pages<Item, Cursor extends string | number>(
  fetchPage: (cursor: Cursor | undefined) => Promise<Page<Item, Cursor>>,
  signal?: AbortSignal,
): AsyncGenerator<readonly Item[], void, undefined> {
  const seen = new Set<Cursor>();
  let cursor: Cursor | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const { items, next } = await fetchPage(cursor);
    yield items;
    if (next === null || next === undefined) return;
    if (seen.has(next)) {
      throw new UpstreamError(`The vendor's list does not end: cursor ${next} came twice`, {
        code: 'endless_list',
        retry: 'never',
      });
    }
    seen.add(next);
    cursor = next;
  }
}

/** All items of a list. */
export async function collect<Item>(list: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const items of list) all.push(...items);
  return all;
}
