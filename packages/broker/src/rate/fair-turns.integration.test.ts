import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { afterMsOf, callOf, errorOf, openGateRig } from '../testing/gate-rig.fixture.ts';
import { answerJson } from '../testing/vendor.fixture.ts';

const registration = { id: 'app', connector: 'example', clientId: 'x', clientSecret: 'y' };
const shared = { registration: 'app', rateLimits: { scale: 1 } };
const search = [{ method: 'POST', path: '/orders/search' }];

describe('a budget', () => {
  test('that connections share: one with hundreds of calls does not keep another waiting', async () => {
    await using rig = await openGateRig({
      limits: [{ per: 'registration', requests: 20, seconds: 1 }],
      registrations: [registration],
      connections: [
        { id: 'busy', account: '1', ...shared },
        { id: 'quiet', account: '2', tenant: 'acme', ...shared },
      ],
    });
    const [broker] = rig.brokers;
    const until = performance.now() + 5000;
    const wait = (ms: number) => sleep(Math.max(1, Math.min(ms, until - performance.now())));
    let done = 0;
    const busy = async () => {
      while (performance.now() < until) {
        const error = errorOf(await callOf(broker, 'busy'));
        if (error === undefined) done += 1;
        else await wait(afterMsOf(error));
      }
    };
    const callers = Array.from({ length: 300 }, busy);
    await sleep(500);
    const waits: number[] = [];
    while (performance.now() < until - 1500) {
      const startedAt = performance.now();
      for (;;) {
        const error = errorOf(await callOf(broker, 'quiet', undefined, 'acme'));
        if (error === undefined || performance.now() >= until) break;
        await wait(afterMsOf(error));
      }
      waits.push(performance.now() - startedAt);
    }
    await Promise.all(callers);
    // A window or two, and not the other one's whole backlog.
    expect(waits.length).toBeGreaterThan(3);
    expect(waits.reduce((sum, ms) => sum + ms, 0) / waits.length).toBeLessThan(1000);
    // And what the quiet one leaves is used.
    expect(done + waits.length).toBeGreaterThan(45);
  }, 30_000);

  test('that is smaller than what a call costs: what is given back is no more than was taken', async () => {
    await using rig = await openGateRig({
      limits: [
        {
          requests: 4,
          seconds: 30,
          calls: ['GET /orders/{id}'],
          costs: [{ call: 'GET /orders/{id}', requests: 4 }],
        },
        { requests: 2, seconds: 1 },
      ],
      connections: [{ id: 'billing', rateLimits: { scale: 0.5 } }],
    });
    const [broker] = rig.brokers;
    expect(errorOf(await callOf(broker, 'billing', search))).toBeUndefined();
    // It had its turn in the one, and none in the other.
    expect(errorOf(await callOf(broker))?.message).toMatch(/budget of 1 requests/);
    let gone = 0;
    for (let turn = 0; turn < 3; turn += 1) {
      await sleep(1300);
      if (errorOf(await callOf(broker)) === undefined) gone += 1;
    }
    expect(gone).toBe(1);
  });

  test('counts a read that must go after its write, though there is nothing left', async () => {
    await using rig = await openGateRig({ limits: [{ requests: 2, seconds: 300 }] });
    const [broker] = rig.brokers;
    const requests = [
      { method: 'POST', path: '/orders' },
      { method: 'GET', path: '/orders/1' },
    ];
    rig.vendor.handle = answerJson(200, { ids: ['1'] });
    const { write } = await broker.call({
      tenant: 'default',
      connection: 'billing',
      operation: 'probe.write',
      mode: 'execute',
      records: [{ record: { requests }, naturalKey: 'x', effectKey: 'x' }],
      signal: AbortSignal.timeout(5000),
    });
    expect(write.state).toBe('answered');
    expect(rig.vendor.requests).toHaveLength(2);
    expect(errorOf(await callOf(broker))?.code).toBe('held_back_budget');
    expect(rig.vendor.requests).toHaveLength(2);
  });
});
