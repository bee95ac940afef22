import { openStore, type Store } from '@onceover/store';
import { createTestDatabase, type TestDatabase } from '@onceover/store/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { claim, complete, drain, enqueue, heartbeat, LaneModel } from '../testing/lane-model.ts';

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

const command = fc.oneof(
  fc.record({ kind: fc.constant('enqueue' as const), key: fc.constantFrom('a', 'b', 'c') }),
  fc.record({
    kind: fc.constant('claim' as const),
    limit: fc.integer({ min: 1, max: 3 }),
    isDead: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('complete' as const),
    claim: fc.nat(20),
    count: fc.nat(3),
    release: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('heartbeat' as const) }),
);

test('lanes: any interleaving of claims, completions, heartbeats and dead workers keeps order, one holder, and no write of a loser', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 25 }), async (commands) => {
      const model = new LaneModel();
      for (const one of commands) {
        if (one.kind === 'enqueue') await enqueue(store, model, one.key);
        else if (one.kind === 'claim') await claim(store, model, one);
        else if (one.kind === 'complete') await complete(store, model, one);
        else await heartbeat(store, model);
      }
      await drain(store, model);
    }),
    { numRuns: 40 },
  );
}, 120_000);
