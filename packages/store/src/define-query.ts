import type { QueryResultRow } from 'pg';
import { StoreError } from './store-error.ts';

/** Whatever runs queries: the store, or one transaction on it. Every query function takes one as its first argument. */
export interface Queryable {
  query<Row extends QueryResultRow>(statement: {
    name: string;
    text: string;
    values: unknown[];
  }): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/** A named, prepared statement with the types of its values and rows. */
export interface SqlQuery<Values extends readonly unknown[], Row> {
  /** All rows. */
  rows(db: Queryable, values: Values): Promise<Row[]>;
  /** The only row. @throws StoreError `row_count` when there is none or more than one */
  one(db: Queryable, values: Values): Promise<Row>;
  /** The row, or undefined when there is none. @throws StoreError `row_count` when there is more than one */
  maybeOne(db: Queryable, values: Values): Promise<Row | undefined>;
  /** How many rows were inserted, updated, deleted or selected. */
  count(db: Queryable, values: Values): Promise<number>;
}

/**
 * Declares a query. Each connection prepares it once under its name, so a name stands for one text in the whole package.
 *
 * ```ts
 * const find = defineQuery<[id: string], { id: string; at: Date }>('find-thing', 'select id, at from onceover.things where id = $1');
 * export const findThing = (db: Queryable, { id }: { id: string }) => find.maybeOne(db, [id]);
 * ```
 */
export function defineQuery<
  Values extends readonly unknown[],
  Row extends QueryResultRow = Record<string, never>,
>(name: string, text: string): SqlQuery<Values, Row> {
  const run = (db: Queryable, values: Values) =>
    db.query<Row>({ name, text, values: values as unknown as unknown[] });
  const maybeOne = async (db: Queryable, values: Values) => {
    const { rows } = await run(db, values);
    if (rows.length > 1)
      throw new StoreError('row_count', `Query ${name} gave ${rows.length} rows where one is possible.`);
    return rows[0];
  };
  return {
    rows: async (db, values) => (await run(db, values)).rows,
    maybeOne,
    async one(db, values) {
      const row = await maybeOne(db, values);
      if (row === undefined)
        throw new StoreError('row_count', `Query ${name} gave no row where one must be.`);
      return row;
    },
    count: async (db, values) => (await run(db, values)).rowCount ?? 0,
  };
}
