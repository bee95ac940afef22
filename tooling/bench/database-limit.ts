import pg from 'pg';

/** The database's own limit: transactions that insert one row and commit, per second. */
export async function singleRowCommits(options: {
  url: string;
  clients: number;
  seconds: number;
}): Promise<number> {
  const pool = new pg.Pool({ connectionString: options.url, max: options.clients });
  await pool.query(
    'create table if not exists public.bench_rows (id bigint generated always as identity, body text)',
  );
  await pool.query('truncate public.bench_rows');
  const body = 'x'.repeat(200);
  const endAt = performance.now() + options.seconds * 1000;
  let committed = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: options.clients }, async () => {
      while (performance.now() < endAt) {
        await pool.query({
          name: 'bench-insert',
          text: 'insert into public.bench_rows (body) values ($1)',
          values: [body],
        });
        committed += 1;
      }
    }),
  );
  const rate = committed / ((performance.now() - startedAt) / 1000);
  await pool.end();
  return rate;
}
