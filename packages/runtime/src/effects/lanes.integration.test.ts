import { afterEach, expect, test } from 'vitest';
import type { Clock } from '../ports.ts';
import { createRig, paidInvoice, type Rig, upsert } from '../testing/create-rig.ts';
import { applyTo } from '../testing/fake-broker.ts';

let rig: Rig;
afterEach(() => rig.close());

const never = new Promise<never>(() => {});
/** A killed runner's lanes are free this much later. */
const shortLease = { options: { leaseMs: 1500, sendMarginMs: 100 } };

test('lanes: a runner killed with a call in flight is followed by another, which sends the same bytes again', async () => {
  rig = await createRig();
  rig.vendor.answer = () => (rig.vendor.sent.length === 1 ? never : undefined);
  const first = await rig.runner(shortLease);
  await first.runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await expect.poll(() => rig.vendor.sent.length).toBe(1);
  await first.kill();
  const second = await rig.runner(shortLease);
  await second.runtime.idle();
  const [before, after] = rig.vendor.sent;
  expect(after).toMatchObject({ isResumed: true, write: before?.write });
  expect(await rig.rows('runs')).toMatchObject([{ status: 'succeeded' }]);
  const finished = (await rig.entries()).filter(({ kind }) => kind === 'run-finished');
  expect(finished).toHaveLength(1);
});

test('lanes: a runner killed between its claim and its intent leaves nothing behind, and nothing was sent', async () => {
  rig = await createRig();
  const first = await rig.runner(shortLease);
  // The database goes away for it between the claim and the intent.
  rig.vendor.beforeHooks = async () => {
    if (rig.vendor.sent.length === 0) await first.kill();
  };
  await first.runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await expect.poll(() => first.store.usage().total).toBe(0);
  rig.vendor.beforeHooks = undefined;
  expect(rig.vendor.sent).toEqual([]);
  const second = await rig.runner(shortLease);
  await second.runtime.idle();
  expect(rig.vendor.sent).toHaveLength(1);
  expect(await rig.rows('effects')).toMatchObject([{ outcome: 'created', attempts: 1 }]);
});

test('lanes: a worker that was paused past its lease writes nothing, and its run finishes once', async () => {
  rig = await createRig();
  // Time stands still for the first runner's own clock, and its heartbeats do not get through: it believes in its lease.
  const frozen: Clock = { now: () => new Date(), monotonicMs: () => 0 };
  let proceed: (() => void) | undefined;
  const paused = new Promise<void>((resolve) => {
    proceed = resolve;
  });
  rig.vendor.answer = async (sent) => {
    if (rig.vendor.sent.length > 1) return undefined;
    await paused;
    return { outcomes: applyTo(rig.vendor, sent) };
  };
  const first = await rig.runner({ ...shortLease, clock: frozen, withoutHeartbeats: true });
  await first.runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await expect.poll(() => rig.vendor.sent.length).toBe(1);
  const second = await rig.runner(shortLease);
  await expect.poll(() => rig.rows('runs'), { timeout: 10_000 }).toMatchObject([{ status: 'succeeded' }]);
  proceed?.();
  await expect.poll(() => first.runtime.gauges().activeLanes).toBe(0);
  await second.runtime.idle();
  expect(await rig.rows('effects')).toMatchObject([{ outcome: 'created', attempts: 2 }]);
  const finished = (await rig.entries()).filter(({ kind }) => kind === 'run-finished');
  expect(finished).toHaveLength(1);
});

test('lanes: a lease that ends while the socket is opened keeps the write in, and it is known to be unsent', async () => {
  rig = await createRig({ operations: [{ ...upsert, guarantee: { kind: 'none' } }] });
  let offset = 0;
  rig.vendor.beforeStart = async () => {
    offset = rig.vendor.sent.length === 0 && offset === 0 ? 60_000 : offset;
  };
  const clock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() + offset };
  const { runtime } = await rig.runner({ clock });
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await expect.poll(() => rig.rows('runs')).toMatchObject([{ status: 'succeeded', attempts: 2 }]);
  expect(rig.vendor.sent).toMatchObject([{ isResumed: true }]);
  expect(await rig.rows('effects')).toMatchObject([{ outcome: 'created' }]);
});

test('lanes: two runners share the work, and each customer’s effects come in the order of the events', async () => {
  rig = await createRig();
  const ledger: string[] = [];
  rig.vendor.answer = async (sent) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
    ledger.push(`${sent.records[0]?.naturalKey} ${sent.records[0]?.effectKey}`);
    return { outcomes: applyTo(rig.vendor, sent) };
  };
  const first = await rig.runner({ options: { concurrency: 3 } });
  const second = await rig.runner({ options: { concurrency: 3 } });
  const customers = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@example.com`);
  const expected: string[] = [];
  for (let index = 0; index < 100; index += 1) {
    const customer = customers[index % customers.length] ?? '';
    const runner = index % 2 === 0 ? first : second;
    await runner.runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice(`e${index}`, customer)] });
    expected.push(`e${index}`);
  }
  await first.runtime.idle();
  const runs = await first.runtime.listRuns({ tenant: 'default', limit: 200, expandSteps: true });
  const eventOf = new Map<unknown, string>();
  const keys = await rig.rows('effects');
  for (const run of runs.items) {
    eventOf.set(keys.find(({ run_id }) => run_id === run.id)?.['key'], run.event.id);
  }
  expect(runs.items.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 'succeeded'));
  expect(ledger).toHaveLength(100);
  for (const customer of customers) {
    const order = ledger
      .filter((line) => line.startsWith(customer))
      .map((line) => Number(eventOf.get(line.split(' ')[1])?.slice(1)));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).toHaveLength(20);
  }
}, 30_000);

test('lanes: a runner that gets no events takes its share of another one’s', async () => {
  rig = await createRig();
  rig.vendor.answer = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return undefined;
  };
  // The slow poll alone would come too late.
  const options = { concurrency: 4, pollMs: 60_000 };
  const first = await rig.runner({ options });
  const second = await rig.runner({ options });
  const envelopes = Array.from({ length: 100 }, (_, index) =>
    paidInvoice(`e${index}`, `c${index}@example.com`),
  );
  await first.runtime.acceptEvents({ tenant: 'default', envelopes });
  await first.runtime.idle();
  expect(rig.vendor.sent).toHaveLength(100);
  const ofSecond = second.runtime.gauges().finishedRuns;
  expect(first.runtime.gauges().finishedRuns).toBe(100 - ofSecond);
  expect(ofSecond).toBeGreaterThanOrEqual(25);
  expect(ofSecond).toBeLessThanOrEqual(75);
});

test('lanes: a runner that stops finishes what is under way and claims nothing more', async () => {
  rig = await createRig();
  rig.vendor.answer = async () => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    return undefined;
  };
  const { runtime } = await rig.runner({ options: { concurrency: 1 } });
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1'), paidInvoice('a2')] });
  await expect.poll(() => rig.vendor.sent.length).toBe(1);
  await runtime.stop({ timeoutMs: 4000 });
  expect(rig.vendor.sent).toHaveLength(1);
  const runs = await rig.rows('runs');
  expect(runs.filter(({ status }) => status === 'succeeded')).toHaveLength(1);
  expect(runs.filter(({ status }) => status === 'queued')).toHaveLength(1);
  // The lane is free at once: nobody waits for a lease.
  expect(await rig.rows('lanes')).toMatchObject([{ owner: null, pending: 1 }]);
});

test('lanes: a call that does not end in time is given up at the stop, in seconds, and resumed by the next runner', async () => {
  rig = await createRig();
  rig.vendor.answer = () => (rig.vendor.sent.length === 1 ? never : undefined);
  const first = await rig.runner();
  await first.runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await expect.poll(() => rig.vendor.sent.length).toBe(1);
  const startedAt = performance.now();
  await first.runtime.stop({ timeoutMs: 300 });
  expect(performance.now() - startedAt).toBeLessThan(3000);
  const second = await rig.runner();
  await second.runtime.idle();
  expect(rig.vendor.sent).toHaveLength(2);
  expect(await rig.rows('runs')).toMatchObject([{ status: 'succeeded' }]);
});

test('lanes: a run of a flow that this runner has not loaded waits for one that has', async () => {
  rig = await createRig();
  const { runtime } = await rig.runner();
  await runtime.stop({ timeoutMs: 1000 });
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  const other = await rig.runner({ automations: [] });
  await expect.poll(() => rig.rows('lanes')).toMatchObject([{ waiting: 'flow' }]);
  const { items } = await other.runtime.listRuns({ tenant: 'default' });
  expect(items).toMatchObject([{ status: 'waiting', waitingFor: 'lane' }]);
  expect(rig.vendor.sent).toEqual([]);
});
