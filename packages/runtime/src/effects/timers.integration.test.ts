import { defineFlow } from '@onceover/automation';
import { billing, crm, errorToData, type JsonValue, UpstreamError } from '@onceover/contract';
import { afterEach, expect, test } from 'vitest';
import type { LoadedAutomation } from '../ports.ts';
import { createRig, flowFacts, paidInvoice, type Rig } from '../testing/create-rig.ts';
import { hostAutomation } from '../testing/host-automation.ts';

let rig: Rig;
afterEach(() => rig.close());

const hour = 3_600_000;
/** Waits for the event's time, then writes. */
const waiting = (retry: { maxAttempts: number; maxHours: number }) =>
  defineFlow({ ...flowFacts, id: 'waiting', on: billing.invoicePaid, retry })
    .wait('pause', ({ event }) => new Date(event.time))
    .step('contact', crm.contacts.upsert, () => ({
      connection: 'crm',
      records: [{ email: 'a@example.com' }],
    }));
const eventAt = (ms: number) => ({ ...paidInvoice('a1'), time: new Date(ms).toISOString() });
const runs = async () =>
  (await rig.rows('runs')).map(({ status, waiting_for: waitingFor }) => [status, waitingFor]);

test.each([
  ['ahead', hour],
  ['behind', -hour],
])('timers: a runner whose clock is an hour %s ends a wait when the database says so', async (_, offset) => {
  rig = await createRig({ flows: { flow: waiting({ maxAttempts: 12, maxHours: 24 }) } });
  const clock = { now: () => new Date(Date.now() + offset), monotonicMs: () => performance.now() };
  const { runtime } = await rig.runner({ clock });
  const until = Date.now() + 1500;
  await runtime.acceptEvents({ tenant: 'default', envelopes: [eventAt(until)] });
  await expect.poll(runs).toEqual([['waiting', 'timer']]);
  expect(await rig.rows('runs')).toMatchObject([{ wake_at: new Date(until), attempts: 0 }]);
  expect(await rig.rows('lanes')).toMatchObject([
    { ready_at: new Date(until), waiting: 'timer', owner: null },
  ]);
  await expect.poll(runs, { timeout: 10_000 }).toEqual([['succeeded', null]]);
  expect(Date.now()).toBeGreaterThanOrEqual(until);
});

test('timers: a wait for an instant that is past ends at once', async () => {
  rig = await createRig({ flows: { flow: waiting({ maxAttempts: 12, maxHours: 24 }) } });
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [eventAt(Date.now() - hour)] });
  await runtime.idle();
  expect(await rig.rows('runs')).toMatchObject([{ status: 'succeeded', attempts: 1 }]);
});

test('timers: waiting is not failing: the step after a wait has its own time', async () => {
  // A second in all: less than the wait takes.
  rig = await createRig({ flows: { flow: waiting({ maxAttempts: 12, maxHours: 1 / 3600 }) } });
  rig.vendor.answer = () => (rig.vendor.sent.length <= 2 ? 'unsent' : undefined);
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [eventAt(Date.now() + 1500)] });
  await expect
    .poll(async () => (await rig.rows('runs'))[0]?.['status'], { timeout: 10_000 })
    .toBe('succeeded');
  expect(rig.vendor.sent).toHaveLength(3);
});

test('timers: a step that fails for longer than the flow allows is given up, however few its attempts', async () => {
  const flow = waiting({ maxAttempts: 100, maxHours: 0.3 / 3600 });
  rig = await createRig({ flows: { flow } });
  rig.vendor.answer = () => 'unsent';
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [eventAt(Date.now() - hour)] });
  await runtime.idle();
  const [run] = await rig.rows('runs');
  expect(run?.['status']).toBe('dead_lettered');
  // The last pause that was taken came to the limit, not past it by more than one pause.
  expect(Number(run?.['failing_ms'])).toBeGreaterThanOrEqual(300);
  expect(Number(run?.['failing_ms'])).toBeLessThanOrEqual(300 + 100);
});

test('timers: time in which no runner was there is not a step’s failing', async () => {
  const flow = waiting({ maxAttempts: 12, maxHours: 1 / 3600 });
  rig = await createRig({ flows: { flow } });
  rig.vendor.answer = () => (rig.vendor.sent.length <= 2 ? 'unsent' : undefined);
  const slow = { options: { retryBaseMs: 400, retryCapMs: 400 } };
  const first = await rig.runner(slow);
  await first.runtime.acceptEvents({ tenant: 'default', envelopes: [eventAt(Date.now() - hour)] });
  await expect.poll(() => rig.vendor.sent.length).toBe(1);
  await first.runtime.stop({ timeoutMs: 1000 });
  await expect
    .poll(async () => Date.now() - Number((await rig.rows('runs'))[0]?.['wake_at']))
    .toBeGreaterThan(1000);
  const second = await rig.runner(slow);
  await second.runtime.idle();
  expect(await rig.rows('runs')).toMatchObject([{ status: 'succeeded' }]);
  expect(rig.vendor.sent).toHaveLength(3);
});

test('timers: a step that the automation’s host could not be asked for is tried again', async () => {
  const flow = defineFlow({ ...flowFacts, id: 'plain', on: billing.invoicePaid }).step(
    'contact',
    crm.contacts.upsert,
    () => ({ connection: 'crm', records: [{ email: 'a@example.com' }] }),
  );
  rig = await createRig({ flows: { flow } });
  const hosted = await hostAutomation('tests', { flow });
  let asked = 0;
  const request: LoadedAutomation['request'] = async (message) => {
    if ((message as { kind: string }).kind !== 'render-step' || ++asked > 2) return hosted.request(message);
    const error = errorToData(new UpstreamError('The host process ended', { code: 'host_exited' }));
    return { kind: 'error', error } as unknown as JsonValue;
  };
  const { runtime } = await rig.runner({ automations: [{ ...hosted, request }] });
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(await rig.rows('runs')).toMatchObject([{ status: 'succeeded', attempts: 3 }]);
});
