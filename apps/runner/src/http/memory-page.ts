import { ValidationError } from '@onceover/contract';
import { z } from 'zod';

/** `limit` and `cursor`, as every list takes them. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(200).optional(),
};
export const plainQuery = z.strictObject(pageQuery);

/**
 * A page of what lies in memory: the things that were loaded at start, in their own order.
 * @throws {ValidationError} when the cursor is none of this list
 */
export function pageOfMemory<Item extends object>(
  items: readonly Item[],
  { limit, cursor }: z.output<typeof plainQuery>,
): { items: Item[]; next: string | null } {
  const from = cursor === undefined ? 0 : placeOf(cursor);
  const end = from + limit;
  return {
    items: items.slice(from, end),
    next: end < items.length ? Buffer.from(`place:${end}`).toString('base64url') : null,
  };
}

function placeOf(cursor: string): number {
  const place = /^place:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'))?.[1];
  if (place !== undefined) return Number(place);
  throw new ValidationError('The cursor is none of this list: begin without one.', {
    code: 'cursor_invalid',
    path: '/cursor',
  });
}
