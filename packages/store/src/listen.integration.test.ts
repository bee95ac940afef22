import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore, type Store } from './open-store.ts';
import { notifyWork } from './queries/index.ts';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openStore({ url: database.url, applicationName: 'test' });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

it('listen: hears what is notified, also after its connection was ended, and nothing once it is closed', async () => {
  const heard: string[] = [];
  const subscription = await store.listen('onceover_work', (payload) => heard.push(payload));
  await notifyWork(store, 'one');
  await expect.poll(() => heard).toEqual(['one']);
  await store.query({
    name: 'end-listeners',
    text: `select pg_terminate_backend(pid) from pg_stat_activity
           where query like 'listen%' and datname = current_database()`,
    values: [],
  });
  await expect
    .poll(
      async () => {
        await notifyWork(store, 'two');
        return heard;
      },
      { timeout: 10_000 },
    )
    .toContain('two');
  await subscription.close();
  const before = heard.length;
  await notifyWork(store, 'three');
  await notifyWork(store, 'four');
  expect(heard).toHaveLength(before);
});
