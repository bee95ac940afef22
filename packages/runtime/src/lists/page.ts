import { ValidationError } from '@onceover/contract';

/** One page of a list, newest first. */
export interface Page<Item> {
  items: Item[];
  /** Give it back as `cursor`; null at the end. */
  next: string | null;
}

export interface PageQuery {
  tenant: string;
  limit?: number | undefined;
  cursor?: string | undefined;
}

export const defaultLimit = 50;
export const maxLimit = 200;

/** Cuts a page out of one row more than it shows; `placeOf` names the place that the next page begins after. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  show: (row: Row) => Item,
  placeOf: (row: Row) => string | number,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    items: shown.map(show),
    next: hasMore ? Buffer.from(String(placeOf(last))).toString('base64url') : null,
  };
}

export function limitOf({ limit = defaultLimit }: PageQuery): number {
  return Math.min(Math.max(1, limit), maxLimit);
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The place that a cursor names. @throws {ValidationError} when it is not one of this list's */
export function uuidCursor({ cursor }: PageQuery): string | null {
  if (cursor === undefined) return null;
  const place = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!uuid.test(place)) throw badCursor();
  return place;
}

/** @throws {ValidationError} when it is not one of this list's */
export function numberCursor({ cursor }: PageQuery): number | null {
  if (cursor === undefined) return null;
  const place = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!/^\d{1,15}$/.test(place)) throw badCursor();
  return Number(place);
}

export function isUuid(text: string): boolean {
  return uuid.test(text);
}

function badCursor(): ValidationError {
  return new ValidationError('The cursor is none of this list: begin without one.', {
    code: 'cursor_invalid',
    path: '/cursor',
  });
}
