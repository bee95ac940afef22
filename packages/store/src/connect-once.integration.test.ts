import { expect, inject, it } from 'vitest';
import { connectOnce } from './connect-once.ts';

const { ownerUrl: url } = inject('onceoverPostgres');

it('connectOnce: an abort ends it at once, also before the connection is there', async () => {
  const moments = ['at once', 'soon', 'connected'] as const;
  for (const moment of moments) {
    const abort = new AbortController();
    const end = () => abort.abort(new Error(moment));
    const pending = connectOnce(
      { url, applicationName: 'onceover-tests', signal: abort.signal },
      async (client) => {
        if (moment === 'connected') end();
        await client.query('select pg_sleep(20)');
      },
    );
    if (moment === 'at once') end();
    if (moment === 'soon') setImmediate(end);
    await expect(pending).rejects.toMatchObject({ code: 'aborted' });
  }
});
