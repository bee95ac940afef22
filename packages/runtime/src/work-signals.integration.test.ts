import { notifyWork, openStore, type Store } from '@onceover/store';
import { createTestDatabase, type TestDatabase } from '@onceover/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorkSignals, type WorkSignal } from './work-signals.ts';

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

test('work signals: what no runner has sent is passed over, whatever it is, and the next one is heard', async () => {
  const heard: WorkSignal[] = [];
  const complaints: string[] = [];
  const log = {
    debug() {},
    info() {},
    warn: (_fields: object, message: string) => void complaints.push(message),
    error() {},
  };
  const listener = createWorkSignals({
    store,
    owner: 'me',
    log,
    onSignal: (signal) => heard.push(signal),
  });
  await listener.start();
  const strange = [
    'x',
    '',
    'null',
    '[]',
    '{"from":"you"}',
    '{"from":"you","signals":"runs"}',
    '{"from":"you","signals":[{"kind":"hook"}]}',
    '{"from":"you","signals":[{"kind":"everything"}]}',
  ];
  for (const payload of strange) await notifyWork(store, payload);
  const speaker = createWorkSignals({ store, owner: 'you', log, onSignal: () => {} });
  await speaker.start();
  speaker.publish({ kind: 'runs' });
  speaker.publish({ kind: 'hook', hookId: 'crm', tenant: 'default' });
  await expect
    .poll(() => heard)
    .toEqual([{ kind: 'runs' }, { kind: 'hook', hookId: 'crm', tenant: 'default' }]);
  // Both listen to everything; each is deaf to itself alone.
  expect(new Set(complaints)).toEqual(new Set(['a message on the channel of runners is none of theirs']));
  expect(complaints.length).toBeGreaterThanOrEqual(strange.length);
  await speaker.stop();
  await listener.stop();
});
