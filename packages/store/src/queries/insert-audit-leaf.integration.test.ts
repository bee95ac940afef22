import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore, type Store } from '../open-store.ts';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { insertAuditLeaf } from './insert-audit-leaf.ts';

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

it('insertAuditLeaf: stores a leaf and its entries as the runner', async () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057';
  const entry = (position: number) => ({
    position,
    kind: 'run-finished',
    subject: `runs/${position}`,
    salt: Buffer.alloc(16, position),
    payload: `{"n":${position}}`,
  });
  const leaf = {
    id,
    tenant: 'default',
    at: '2026-11-24T10:00:00.123Z',
    body: '{}',
    hash: Buffer.alloc(32, 7),
  };
  await insertAuditLeaf(store, { ...leaf, entries: [entry(0), entry(1)] });
  const { rows } = await store.query<{ sequence: number; at: Date; hash: Buffer; entries: string }>({
    name: 'read-leaf',
    text: `select l.sequence, l.at, l.hash, (select jsonb_agg(to_jsonb(e) - 'leaf_id' order by position) from onceover.audit_entries e where leaf_id = l.id) as entries
           from onceover.audit_leaves l`,
    values: [],
  });
  expect(rows).toHaveLength(1);
  expect(rows[0]?.sequence).toBe(1);
  expect(rows[0]?.at.toISOString()).toBe(leaf.at);
  expect(rows[0]?.hash).toEqual(leaf.hash);
  expect(JSON.parse(rows[0]?.entries ?? '')).toEqual([
    {
      position: 0,
      tenant: 'default',
      kind: 'run-finished',
      subject: 'runs/0',
      salt: `\\x${'00'.repeat(16)}`,
      payload: '{"n":0}',
    },
    {
      position: 1,
      tenant: 'default',
      kind: 'run-finished',
      subject: 'runs/1',
      salt: `\\x${'01'.repeat(16)}`,
      payload: '{"n":1}',
    },
  ]);
});
