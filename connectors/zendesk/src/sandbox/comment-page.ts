import type { JsonValue } from '@onceover/contract';
import { commentJson, sandboxOrigin } from './zendesk-json.ts';
import type { StoredComment } from './zendesk-state.ts';

/**
 * One page of a ticket's comments by cursor: `page[size]`, `page[after]`, `sort`.
 * https://developer.zendesk.com/api-reference/introduction/pagination/
 */
export function commentPage(comments: readonly StoredComment[], url: URL): JsonValue {
  const { searchParams } = url;
  const size = Math.min(100, Number(searchParams.get('page[size]') ?? 100));
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
