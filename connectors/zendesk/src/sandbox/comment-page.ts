import type { JsonValue } from '@onceover/contract';
import { commentJson, sandboxOrigin } from './zendesk-json.ts';
import type { StoredComment } from './zendesk-state.ts';

/**
 * One page of a ticket's comments. By cursor with `page[size]` (and `page[after]`, `sort`); without it by offset,
 * oldest first, as Zendesk still answers those who ask for neither.
 * https://developer.zendesk.com/api-reference/introduction/pagination/
 */
export function commentPage(comments: readonly StoredComment[], url: URL): JsonValue {
  const size = url.searchParams.get('page[size]');
  return size === null ? offsetPage(comments, url) : cursorPage(comments, url, Math.min(100, Number(size)));
}

function offsetPage(comments: readonly StoredComment[], url: URL): JsonValue {
  const number = Number(url.searchParams.get('page') ?? 1);
  const end = number * 100;
  return {
    comments: comments.slice(end - 100, end).map(commentJson),
    next_page: end < comments.length ? `${sandboxOrigin}${url.pathname}?page=${number + 1}` : null,
    previous_page: number > 1 ? `${sandboxOrigin}${url.pathname}?page=${number - 1}` : null,
    count: comments.length,
  };
}

function cursorPage(comments: readonly StoredComment[], url: URL, size: number): JsonValue {
  const { searchParams } = url;
  const ordered = searchParams.get('sort') === '-created_at' ? comments.toReversed() : comments;
  const after = searchParams.get('page[after]');
  const start = after === null ? 0 : Number(Buffer.from(after, 'base64url').toString());
  const page = ordered.slice(start, start + size);
  const end = start + page.length;
  const hasMore = end < ordered.length;
  const cursor = (position: number) => Buffer.from(String(position)).toString('base64url');
  return {
    comments: page.map(commentJson),
    meta: {
      has_more: hasMore,
      after_cursor: page.length === 0 ? null : cursor(end),
      before_cursor: page.length === 0 ? null : cursor(start),
    },
    links: {
      next: hasMore
        ? `${sandboxOrigin}${url.pathname}?page%5Bafter%5D=${cursor(end)}&page%5Bsize%5D=${size}`
        : null,
      prev: null,
    },
  };
}
