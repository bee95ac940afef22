import pg from 'pg';

const { builtins } = pg.types;

/** A bigint column as a number. Counters and sequences stay far below 2^53; one that does not fails its query loudly. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a JavaScript number`);
  return value;
}

/** A one-dimensional bigint[]; `{1,NULL,3}` on the wire. */
function parseInt8Array(text: string): (number | null)[] {
  const items = text.slice(1, -1);
  return items === '' ? [] : items.split(',').map((item) => (item === 'NULL' ? null : parseInt8(item)));
}

const int8Array = 1016;

const keepText = (text: string) => text;

// Keyed by type number; typed wide because pg's own type for it has an overload per format.
const parsers = new Map<number, (text: string) => unknown>([
  [builtins.INT8, parseInt8],
  [int8Array, parseInt8Array],
  // JSON stays text: its numbers must not become floats before the reader's codec has seen them.
  [builtins.JSON, keepText],
  [builtins.JSONB, keepText],
  // A date has no time zone; pg would make it midnight of this machine's.
  [builtins.DATE, keepText],
]);

/** How column values become JavaScript: timestamptz → Date, int8 → number, numeric → string, json and jsonb → text, uuid → string, bytea → Buffer. */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: ((id: number, format: 'text' | 'binary' = 'text') =>
    (format === 'text' && parsers.get(id)) ||
    pg.types.getTypeParser(id, format)) as pg.CustomTypesConfig['getTypeParser'],
};
