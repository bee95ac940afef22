import type { QueryResultRow } from 'pg';
import { defineQuery, type Queryable } from '../define-query.ts';
import { baseType, type ColumnType, type ColumnValue, encodeArray } from './encode-array.ts';

/** The columns of one set of rows that a statement takes, with their types. */
export type RowShape = Readonly<Record<string, ColumnType>>;

/** A row of a set. */
export type RowOf<Shape extends RowShape> = { readonly [Name in keyof Shape]: ColumnValue<Shape[Name]> };

/** The sets of a statement, by name; a set that is left out is empty. */
export type BatchRows<Sets extends Readonly<Record<string, RowShape>>> = {
  readonly [Name in keyof Sets]?: readonly RowOf<Sets[Name]>[];
};

/** For a batch that takes sets alone. */
export type NoValues = Readonly<Record<never, ColumnType>>;

/** A statement that takes sets of rows: what a group commit runs. */
export interface Batch<
  Sets extends Readonly<Record<string, RowShape>>,
  Values extends Readonly<Record<string, ColumnType>>,
  Row,
> {
  rows(
    db: Queryable,
    input: { sets: BatchRows<Sets> } & (keyof Values extends never
      ? { values?: undefined }
      : { values: RowOf<Values> }),
  ): Promise<Row[]>;
}

/** The parts of a batch's text: `set.<name>` is a FROM item with the set's columns and `ordinality`; `value.<name>` one value. */
export interface BatchSql<SetName extends string, ValueName extends string> {
  set: Readonly<Record<SetName, string>>;
  value: Readonly<Record<ValueName, string>>;
}

/**
 * Makes the planner expect one row: an unknown range keeps few. It then looks each row up by an index, and does not read
 * a whole table that was almost empty when it last looked, whatever that table has become.
 */
const fewRows = (from: string) => `(select * from ${from} where rows.ordinality between 1 and 2147483647)`;

const valueCasts: Readonly<Record<string, string>> = { int4: 'integer', int8: 'bigint', bool: 'boolean' };

/**
 * Declares a statement over sets of rows, each set one array per column.
 *
 * ```ts
 * const insert = defineBatch('insert-things', { things: { id: 'uuid', note: 'text?' } }, {}, (sql) =>
 *   `insert into onceover.things (id, note) select id, note from ${sql.set.things}`);
 * await insert.rows(db, { sets: { things: [{ id, note: null }] } });
 * ```
 */
export function defineBatch<
  const Sets extends Readonly<Record<string, RowShape>>,
  const Values extends Readonly<Record<string, ColumnType>>,
  Row extends QueryResultRow = Record<string, never>,
>(
  name: string,
  sets: Sets,
  values: Values,
  text: (sql: BatchSql<keyof Sets & string, keyof Values & string>) => string,
): Batch<Sets, Values, Row> {
  let number = 0;
  const setEntries = Object.entries(sets);
  const set = Object.fromEntries(
    setEntries.map(([setName, shape]) => {
      const columns = Object.keys(shape);
      const arrays = columns.map((column) => {
        number += 1;
        return `$${number}::${baseType(shape[column] ?? 'text')}[]`;
      });
      const names = [...columns, 'ordinality'].join(', ');
      return [
        setName,
        `${fewRows(`unnest(${arrays.join(', ')}) with ordinality as rows (${names})`)} ${setName}`,
      ];
    }),
  );
  const value = Object.fromEntries(
    Object.entries(values).map(([valueName, type]) => {
      number += 1;
      const base = baseType(type);
      return [valueName, `$${number}::${valueCasts[base] ?? base}`];
    }),
  );
  // The names are the sets' own; fromEntries cannot know.
  const statement = defineQuery<unknown[], Row>(name, text({ set, value } as never));
  return {
    rows(db, input) {
      const parameters: unknown[] = [];
      const given = input.sets as Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
      for (const [setName, shape] of setEntries) {
        const rows = given[setName] ?? [];
        for (const column of Object.keys(shape)) {
          parameters.push(
            encodeArray(shape[column] ?? 'text', rows.length, (index) => rows[index]?.[column]),
          );
        }
      }
      const scalars = (input.values ?? {}) as Readonly<Record<string, unknown>>;
      for (const valueName of Object.keys(values)) parameters.push(scalars[valueName] ?? null);
      return statement.rows(db, parameters);
    },
  };
}
