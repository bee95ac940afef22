import { defineQuery, type Queryable } from '../define-query.ts';

const byAnswer = defineQuery<[answer: string], { version: number }>(
  'find-token-set-by-answer',
  'select version from onceover.token_sets where answer = $1::uuid',
);

const usable = defineQuery<[connection: string, from: number], { version: number }>(
  'list-usable-token-sets',
  `select version from onceover.token_sets
   where connection = $1 and version >= $2 and refused_at is null order by version`,
);

const last = defineQuery<[connection: string], { version: number | null }>(
  'find-last-token-set',
  'select max(version) as version from onceover.token_sets where connection = $1',
);

/** The version under which an answer was stored; undefined when it was not. */
export async function findTokenSetByAnswer(db: Queryable, answer: string): Promise<number | undefined> {
  return (await byAnswer.maybeOne(db, [answer]))?.version;
}

/** The versions from this one on whose refresh token no vendor has refused, the oldest first. */
export async function listUsableTokenSets(
  db: Queryable,
  { connection, from }: { connection: string; from: number },
): Promise<number[]> {
  return (await usable.rows(db, [connection, from])).map(({ version }) => version);
}

/** The highest version of a connection's token sets; 0 when there is none. */
export async function findLastTokenSet(db: Queryable, connection: string): Promise<number> {
  return (await last.one(db, [connection])).version ?? 0;
}
