import { expect, test } from 'vitest';
import { LaneWrites } from './lane-writes.ts';

const place = { run_id: 'r', step_id: 's', iteration: 0, position: 0 };
const facts = { attempts: 1, outcome: null, vendor_id: null, error: null, call: 1, last_status: null };
const added = {
  ...place,
  ...facts,
  tenant: 'default',
  key: 'k',
  step_position: 0,
  record: '{}',
  connection: 'crm',
  operation: 'o',
  natural_key: 'n',
  guarantee: 'none',
  class: 'C',
  write: null,
  reads: null,
  idempotency_key: null,
};
const change = {
  ...place,
  ...facts,
  write: null,
  reads: null,
  idempotency_key: null,
  first_sent_ago_ms: null,
  last_sent_ago_ms: null,
  drops_write: false,
};

test('lane writes: an effect that is added and changed before a save is added as it is then', () => {
  const writes = new LaneWrites();
  writes.addEffect(added);
  writes.changeEffect({ ...change, write: 'w', reads: '[]' });
  writes.changeEffect({ ...change, outcome: 'created', vendor_id: 'v' });
  expect(writes.take().rows).toMatchObject({
    effects: [{ outcome: 'created', vendor_id: 'v', write: 'w', reads: '[]' }],
    outcomes: [],
  });
  expect(writes.isEmpty).toBe(true);
});

test('lane writes: a call that is settled before it was saved leaves no bytes', () => {
  const writes = new LaneWrites();
  writes.addEffect({ ...added, write: 'w', reads: '[]' });
  writes.changeEffect({ ...change, outcome: 'unchanged', drops_write: true });
  expect(writes.take().rows.effects).toMatchObject([{ write: null, reads: null }]);
});

test('lane writes: changes of one effect between two saves are one change, which keeps what each of them set', () => {
  const writes = new LaneWrites();
  writes.changeEffect({ ...change, write: 'w', reads: '[]', first_sent_ago_ms: 7, last_sent_ago_ms: 0 });
  writes.changeEffect({ ...change, outcome: 'created' });
  const { outcomes } = writes.take().rows;
  expect(outcomes).toMatchObject([
    { outcome: 'created', write: 'w', first_sent_ago_ms: 7, last_sent_ago_ms: 0, drops_write: false },
  ]);
});

test('lane writes: an effect whose call is settled and that carries another one since keeps that one', () => {
  const writes = new LaneWrites();
  writes.changeEffect({ ...change, drops_write: true });
  writes.changeEffect({ ...change, call: 2, write: 'w', reads: '[]' });
  expect(writes.take().rows.outcomes).toMatchObject([{ call: 2, write: 'w', drops_write: false }]);
});

test('lane writes: the last word about a link counts, and runs that end are counted', () => {
  const writes = new LaneWrites();
  const link = { tenant: 'default', connection: 'crm', resource: 'r', natural_key: 'n' };
  writes.addLink({ ...link, vendor_id: 'v1' });
  writes.addLink({ ...link, vendor_id: 'v2' });
  const waits = { waiting_for: null, wake_after_ms: null, wake_at: null, failing_ms: null };
  const run = { tenant: 'default', id: 'r', ...waits, attempts: 1, error: null };
  writes.setRun({ ...run, status: 'waiting' });
  writes.setRun({ ...run, status: 'succeeded' });
  const taken = writes.take();
  expect(taken.rows.links).toEqual([{ ...link, vendor_id: 'v2' }]);
  expect(taken.finishedRuns).toBe(1);
});
