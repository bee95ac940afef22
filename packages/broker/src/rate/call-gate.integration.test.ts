import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  afterMsOf,
  callOf,
  errorOf,
  type GateRig,
  mostInWindow,
  openGateRig,
} from '../testing/gate-rig.fixture.ts';
import { answerJson } from '../testing/vendor.fixture.ts';

/** When requests arrive at the vendor, from now on. */
function noteArrivals({ vendor }: GateRig): { at: number; url: string }[] {
  const arrivals: { at: number; url: string }[] = [];
  const { handle } = vendor;
  vendor.handle = (request, response) => {
    arrivals.push({ at: performance.now(), url: request.url });
    handle(request, response);
  };
  return arrivals;
}

/** Calls of a connection over and over, each caller waiting as long as it is told. */
async function press(rig: GateRig, callers: number, forMs: number, connection = 'billing') {
  const until = performance.now() + forMs;
  const codes = new Map<string, number>();
  const caller = async (_: unknown, index: number) => {
    const broker = rig.brokers[index % 2] ?? rig.brokers[0];
    while (performance.now() < until) {
      const error = errorOf(await callOf(broker, connection));
      const code = error?.code ?? 'done';
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (error !== undefined)
        await sleep(Math.max(1, Math.min(afterMsOf(error), until - performance.now())));
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return codes;
}

const others = [{ id: 'billing' }, { id: 'other' }, { id: 'theirs', tenant: 'acme' }];
const stormLimits = { breakerBaseMs: 500, breakerCapMs: 4000, viewMs: 100 };

// They wait most of the time: side by side.
describe.concurrent('over some seconds', () => {
  test('another runner knows within a second, and goes on when the time is over', async ({ expect }) => {
    await using rig = await openGateRig({ connections: others, gateLimits: { viewMs: 100 } });
    const [first, second] = rig.brokers;
    expect(errorOf(await callOf(second))).toBeUndefined();
    rig.vendor.handle = answerJson(429, {}, { 'retry-after': '2' });
    const toldAt = performance.now();
    await callOf(first);
    rig.vendor.handle = answerJson(200, {});
    await sleep(150);
    // The look in the background may come a call late.
    await callOf(second, 'other');
    await sleep(100);
    const held = errorOf(await callOf(second));
    expect(held?.code).toBe('held_back_pause');
    expect(await first.listHeldBack()).toMatchObject([{ connection: 'billing', reason: 'pause' }]);
    await expect
      .poll(async () => errorOf(await callOf(second)), { timeout: 5000, interval: 20 })
      .toBeUndefined();
    expect(performance.now() - toldAt).toBeGreaterThan(1950);
    expect(await first.listHeldBack()).toEqual([]);
  });

  test.each([503, 'no answer'] as const)(
    'in a storm (%s) the vendor sees at most 1.2 times what would be called without failures',
    async (storm) => {
      await using rig = await openGateRig({
        connections: [{ id: 'billing' }, { id: 'other' }],
        gateLimits: stormLimits,
      });
      rig.vendor.handle = (request, response) => {
        if (request.url.endsWith('/other')) answerJson(200, {})(request, response);
        else if (storm === 503) answerJson(503, {})(request, response);
        else response.destroy();
      };
      const arrivals = noteArrivals(rig);
      const perSecond = 50;
      const forMs = 4000;
      const until = performance.now() + forMs;
      const others: unknown[] = [];
      /** One event: its call, and again for as long as it is not done: at once, or when it is told to. */
      const event = async (index: number) => {
        const broker = rig.brokers[index % 2] ?? rig.brokers[0];
        while (performance.now() < until) {
          const error = errorOf(await callOf(broker));
          const isHeld = error?.code === 'held_back_breaker';
          if (isHeld) await sleep(Math.max(0, Math.min(afterMsOf(error), until - performance.now())));
        }
      };
      const events: Promise<void>[] = [];
      const base = (perSecond * forMs) / 1000;
      for (let index = 0; index < base; index += 1) {
        events.push(event(index));
        if (index % 25 === 0) others.push(errorOf(await callOf(rig.brokers[0], 'other')));
        await sleep(1000 / perSecond);
      }
      await Promise.all(events);
      const stormy = arrivals.filter(({ url }) => !url.endsWith('/other')).length;
      expect(stormy).toBeGreaterThan(5);
      expect(stormy).toBeLessThanOrEqual(1.2 * base);
      // Far fewer, in fact: what opens it, and a probe now and then.
      expect(stormy).toBeLessThan(60);
      expect(others).toEqual(Array.from({ length: base / 25 }, () => undefined));
      expect(rig.counted.get('breaker_changes example open')).toBeGreaterThan(0);
    },
    20_000,
  );

  test('half open: one probe over both runners; it closes the breaker for both, or opens it for longer', async ({
    expect,
  }) => {
    await using rig = await openGateRig({
      connections: [{ id: 'billing' }],
      gateLimits: stormLimits,
      random: () => 0.5,
    });
    const [first, second] = rig.brokers;
    rig.vendor.handle = answerJson(503, {});
    while (errorOf(await callOf(first)) === undefined);
    await expect
      .poll(() => second.listHeldBack())
      .toMatchObject([{ connection: 'billing', reason: 'breaker' }]);
    let waiting: (() => void)[] = [];
    let status = 503;
    rig.vendor.handle = (request, response) => {
      waiting.push(() => answerJson(status, {})(request, response));
    };
    const all = () =>
      Promise.all(Array.from({ length: 20 }, (_, at) => callOf(at % 2 === 0 ? first : second)));
    for (const [openMs, next] of [
      [500, 503],
      [1000, 200],
    ] as const) {
      status = next;
      await sleep(openMs + 150);
      rig.vendor.requests.length = 0;
      const calls = all();
      await expect.poll(() => waiting.length).toBe(1);
      await sleep(100);
      expect(rig.vendor.requests).toHaveLength(1);
      for (const answer of waiting) answer();
      waiting = [];
      const errors = (await calls).map(errorOf).filter((error) => error !== undefined);
      expect(errors.map(({ code }) => code)).toEqual(Array.from({ length: 19 }, () => 'held_back_breaker'));
      // While one tries: the others look again soon, and not when a probe's time is over.
      expect(Math.max(...errors.map(afterMsOf))).toBeLessThan(1000);
    }
    rig.vendor.handle = answerJson(200, {});
    await expect.poll(async () => errorOf(await callOf(second)), { timeout: 3000 }).toBeUndefined();
    await expect.poll(async () => errorOf(await callOf(first)), { timeout: 3000 }).toBeUndefined();
    expect(rig.counted.get('breaker_changes example closed')).toBe(1);
    await expect.poll(() => first.listHeldBack()).toEqual([]);
  });
});

describe('a budget', () => {
  test('two runners with clocks 20 minutes apart: no window of the vendor holds more than the limit', async () => {
    await using rig = await openGateRig({ limits: [{ requests: 20, seconds: 1 }] });
    const arrivals = noteArrivals(rig);
    const delays = monitorEventLoopDelay({ resolution: 5 });
    delays.enable();
    const codes = await press(rig, 60, 3500);
    delays.disable();
    const times = arrivals.map(({ at }) => at);
    // Vendor and runners share a process here: what stood still for a while is noted that much late.
    const lateMs = Math.min(delays.max / 1e6, 800);
    expect(mostInWindow(times, 1000 - lateMs)).toBeLessThanOrEqual(20);
    // Kept, and used: more than two thirds of what the vendor would take.
    expect(times.length).toBeGreaterThan(46);
    expect(codes.get('done')).toBe(times.length);
    expect([...codes.keys()].toSorted()).toEqual(['done', 'held_back_budget']);
    expect(rig.counted.get('requests_held_back example budget')).toBe(codes.get('held_back_budget'));
  });

  test('a call without budget leaves nothing, says when, and each that is sent away has a turn of its own', async () => {
    await using rig = await openGateRig({ limits: [{ requests: 2, seconds: 10 }] });
    const [broker] = rig.brokers;
    const results = await Promise.all(Array.from({ length: 5 }, () => callOf(broker)));
    const errors = results.map(errorOf).filter((error) => error !== undefined);
    expect(errors).toHaveLength(3);
    expect(rig.vendor.requests).toHaveLength(2);
    expect(errors[0]).toMatchObject({ class: 'RateLimitError', code: 'held_back_budget' });
    expect(errors[0]?.message).toMatch(/budget of 2 requests in 10 s for billing.*nothing was sent/);
    const waits = errors.map(afterMsOf).toSorted((a, b) => a - b);
    expect((waits[1] ?? 0) - (waits[0] ?? 0)).toBeGreaterThan(4000);
    expect((waits[2] ?? 0) - (waits[1] ?? 0)).toBeGreaterThan(4000);
  });

  test('a short wait is waited out', async () => {
    await using rig = await openGateRig({
      limits: [{ requests: 1, seconds: 0.1 }],
      gateLimits: { shortWaitMs: 400 },
    });
    const arrivals = noteArrivals(rig);
    const [broker] = rig.brokers;
    expect(errorOf(await callOf(broker))).toBeUndefined();
    expect(errorOf(await callOf(broker))).toBeUndefined();
    expect(
      mostInWindow(
        arrivals.map(({ at }) => at),
        100,
      ),
    ).toBe(1);
  });

  test('reads and writes count, a cost counts as several, and a limit of some calls leaves the others alone', async () => {
    await using rig = await openGateRig({
      limits: [
        { requests: 10, seconds: 30, costs: [{ call: 'POST /orders', requests: 4 }] },
        { requests: 1, seconds: 30, calls: ['POST /orders/search'] },
      ],
    });
    const [broker] = rig.brokers;
    rig.vendor.handle = answerJson(200, { ids: ['1'] });
    const write = {
      record: { requests: [{ method: 'POST', path: '/orders' }] },
      naturalKey: 'x',
      effectKey: 'x',
    };
    const written = await broker.call({
      tenant: 'default',
      connection: 'billing',
      operation: 'probe.write',
      mode: 'execute',
      records: [write],
      signal: AbortSignal.timeout(5000),
    });
    expect(written.write.state).toBe('answered');
    const search = [{ method: 'POST', path: '/orders/search' }];
    expect(errorOf(await callOf(broker, 'billing', search))).toBeUndefined();
    expect(errorOf(await callOf(broker, 'billing', search))?.message).toMatch(/budget of 1 requests/);
    // 4 and 1 are used; the search that was sent away gave its other one back.
    for (let left = 0; left < 5; left += 1) expect(errorOf(await callOf(broker))).toBeUndefined();
    expect(errorOf(await callOf(broker))?.code).toBe('held_back_budget');
    const again = await broker.call({
      tenant: 'default',
      connection: 'billing',
      operation: 'probe.write',
      mode: 'execute',
      records: [write],
      signal: AbortSignal.timeout(5000),
    });
    expect(again).toMatchObject({
      write: { state: 'unsent' },
      reply: { error: { code: 'held_back_budget' } },
    });
  });

  test('a registration’s is shared by its connections, a connection’s is its own, also another tenant’s', async () => {
    const registration = { id: 'app', connector: 'example', clientId: 'x', clientSecret: 'y' };
    const scale = { rateLimits: { scale: 1 } };
    await using rig = await openGateRig({
      limits: [
        { per: 'registration', requests: 3, seconds: 30 },
        { per: 'connection', requests: 2, seconds: 30 },
      ],
      registrations: [registration],
      connections: [
        { id: 'one', registration: 'app', account: '1', ...scale },
        { id: 'two', registration: 'app', account: '2', tenant: 'acme', ...scale },
        { id: 'three', ...scale },
      ],
    });
    const [first, second] = rig.brokers;
    const codes = [];
    for (const [broker, id, tenant] of [
      [first, 'one', 'default'],
      [second, 'one', 'default'],
      [first, 'one', 'default'],
      [second, 'two', 'acme'],
      [first, 'two', 'acme'],
      [second, 'three', 'default'],
    ] as const) {
      codes.push(errorOf(await callOf(broker, id, undefined, tenant))?.code);
    }
    const held = 'held_back_budget';
    expect(codes).toEqual([undefined, undefined, held, undefined, held, undefined]);
  });

  test('the config’s scale leaves a part to others; a development origin has no budget without it', async () => {
    await using rig = await openGateRig({
      limits: [{ requests: 4, seconds: 30 }],
      connections: [{ id: 'half', rateLimits: { scale: 0.5 } }, { id: 'free' }],
    });
    const [broker] = rig.brokers;
    const half = await Promise.all([1, 2, 3].map(() => callOf(broker, 'half')));
    expect(half.filter((result) => errorOf(result) === undefined)).toHaveLength(2);
    const free = await Promise.all(Array.from({ length: 20 }, () => callOf(broker, 'free')));
    expect(free.map(errorOf).filter((error) => error !== undefined)).toEqual([]);
  });

  test('what the answers’ headers tell counts instead, and at none left nothing goes out before the reset', async () => {
    await using rig = await openGateRig({
      limits: [
        {
          requests: 1000,
          seconds: 60,
          headers: {
            limit: 'X-Max',
            remaining: 'X-Left',
            window: { header: 'X-Window', unit: 'milliseconds' },
          },
        },
      ],
      connections: [{ id: 'billing' }],
    });
    const [first, second] = rig.brokers;
    rig.vendor.handle = answerJson(200, {}, { 'x-max': '3', 'x-left': '2', 'x-window': '20000' });
    // Its first answer tells; from then on three more are had.
    expect(errorOf(await callOf(first))).toBeUndefined();
    const later = await Promise.all([1, 2, 3, 4, 5].map(() => callOf(first)));
    expect(later.filter((result) => errorOf(result) === undefined)).toHaveLength(3);
    rig.vendor.handle = answerJson(200, {}, { 'x-left': '0' });
    expect(errorOf(await callOf(second))).toBeUndefined();
    expect(errorOf(await callOf(second))).toMatchObject({
      code: 'held_back_pause',
      message: expect.stringContaining('none left'),
    });
  });
});

describe('how long a vendor that says "too fast" is left alone', () => {
  const httpDate = (inMs: number) => new Date(Date.now() + inMs).toUTCString();
  let rig: GateRig;
  let count = 0;
  beforeAll(async () => {
    const slow = Array.from({ length: 7 }, (_, index) => ({ id: `slow-${index + 1}` }));
    rig = await openGateRig({ connections: [...slow, ...others] });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  test.each<[string, () => Record<string, string>, number, number]>([
    ['seconds', () => ({ 'retry-after': '30' }), 29_000, 33_000],
    ['a date, by the vendor’s clock', () => ({ 'retry-after': httpDate(30_000) }), 27_000, 33_000],
    ['nothing', () => ({}), 700, 1400],
    ['nonsense', () => ({ 'retry-after': 'soon' }), 700, 1400],
    ['less than nothing', () => ({ 'retry-after': '-5' }), 700, 1400],
    ['a date long past', () => ({ 'retry-after': httpDate(-3_600_000) }), 700, 1400],
    ['an absurd time', () => ({ 'retry-after': '999999999' }), 890_000, 990_000],
  ])('when it says %s: no runner asks before, others do not notice', async (_how, headers, least, most) => {
    const [first, second] = rig.brokers;
    count += 1;
    const slow = `slow-${count}`;
    // What the second knows is old when the first is told.
    rig.vendor.handle = answerJson(200, {});
    expect(errorOf(await callOf(second, 'other'))).toBeUndefined();
    rig.vendor.handle = answerJson(429, { message: 'slow down' }, headers());
    expect(errorOf(await callOf(first, slow))).toBeUndefined();
    const held = errorOf(await callOf(first, slow));
    expect(held?.code).toBe('held_back_pause');
    expect(afterMsOf(held)).toBeGreaterThan(least);
    expect(afterMsOf(held)).toBeLessThan(most);
    rig.vendor.handle = answerJson(200, {});
    const sent = rig.vendor.requests.length;
    expect(errorOf(await callOf(second, 'other'))).toBeUndefined();
    expect(errorOf(await callOf(second, 'theirs', undefined, 'acme'))).toBeUndefined();
    expect(rig.vendor.requests.length).toBe(sent + 2);
  });
});

describe('a vendor that says "too fast"', () => {
  test('again and again without a time: the pauses grow', async () => {
    await using rig = await openGateRig({
      connections: others,
      gateLimits: { pauseBaseMs: 20, pauseCapMs: 60 },
      random: () => 0.5,
    });
    const [broker] = rig.brokers;
    rig.vendor.handle = answerJson(429, {});
    const waits: number[] = [];
    for (let strike = 0; strike < 4; strike += 1) {
      const startedAt = performance.now();
      // Short waits are waited out: the call goes when its time has come.
      expect(errorOf(await callOf(broker))).toBeUndefined();
      waits.push(performance.now() - startedAt);
    }
    expect(waits[2]).toBeGreaterThan(35);
    expect(waits[3]).toBeGreaterThan(50);
    expect(rig.vendor.requests).toHaveLength(4);
  });

  test('a 503 with a time is honoured, and a limit of some calls holds those alone', async () => {
    await using rig = await openGateRig({
      connections: [{ id: 'billing', rateLimits: { scale: 1 } }],
      limits: [{ requests: 100, seconds: 1, calls: ['POST /orders/search'] }],
    });
    const [broker] = rig.brokers;
    const search = [{ method: 'POST', path: '/orders/search' }];
    rig.vendor.handle = answerJson(429, {}, { 'retry-after': '60' });
    await callOf(broker, 'billing', search);
    rig.vendor.handle = answerJson(200, {});
    expect(errorOf(await callOf(broker, 'billing', search))?.code).toBe('held_back_pause');
    expect(errorOf(await callOf(broker))).toBeUndefined();
    rig.vendor.handle = answerJson(503, {}, { 'retry-after': '60' });
    await callOf(broker);
    expect(errorOf(await callOf(broker))?.code).toBe('held_back_pause');
  });

  test('a read after the write has been answered goes out all the same: what came of the write must be told', async () => {
    await using rig = await openGateRig({ connections: others });
    const [broker] = rig.brokers;
    const requests = [
      { method: 'POST', path: '/orders' },
      { method: 'GET', path: '/orders/1' },
    ];
    rig.vendor.handle = answerJson(429, {}, { 'retry-after': '60' });
    const { write, reply } = await broker.call({
      tenant: 'default',
      connection: 'billing',
      operation: 'probe.write',
      mode: 'execute',
      records: [{ record: { requests }, naturalKey: 'x', effectKey: 'x' }],
      signal: AbortSignal.timeout(5000),
    });
    expect(write).toMatchObject({ state: 'answered', answer: { status: 429 } });
    expect(reply.kind).toBe('written');
    expect(rig.vendor.requests).toHaveLength(2);
  });
});

describe('a breaker', () => {
  test('that another runner’s probe closed: what failed before does not count any more', async () => {
    await using rig = await openGateRig({
      connections: [{ id: 'billing' }],
      gateLimits: { ...stormLimits, breakerBaseMs: 100 },
    });
    const [first, second] = rig.brokers;
    rig.vendor.handle = answerJson(503, {});
    await Promise.all(Array.from({ length: 10 }, (_, at) => callOf(at % 2 === 0 ? first : second)));
    await expect.poll(() => second.listHeldBack()).toHaveLength(1);
    rig.vendor.handle = answerJson(200, {});
    await expect.poll(async () => errorOf(await callOf(first))).toBeUndefined();
    await expect.poll(async () => errorOf(await callOf(second))).toBeUndefined();
    rig.vendor.handle = answerJson(503, {});
    expect(errorOf(await callOf(second))).toBeUndefined();
    rig.vendor.handle = answerJson(200, {});
    expect(errorOf(await callOf(second))).toBeUndefined();
    expect(await second.listHeldBack()).toEqual([]);
  });

  test('a vendor that never answers opens it: each call ends at its time', async () => {
    await using rig = await openGateRig({
      connections: [{ id: 'billing' }, { id: 'other' }],
      gateLimits: stormLimits,
      egress: { headersTimeoutMs: 300 },
    });
    const [broker] = rig.brokers;
    rig.vendor.handle = (request, response) => {
      if (request.url.endsWith('/other')) answerJson(200, {})(request, response);
    };
    await Promise.all(Array.from({ length: 6 }, () => callOf(broker)));
    expect(errorOf(await callOf(broker))?.code).toBe('held_back_breaker');
    expect(errorOf(await callOf(broker, 'other'))).toBeUndefined();
  });

  test.each([400, 401, 403, 404, 409, 410, 429])('a stream of %s never opens it', async (status) => {
    await using rig = await openGateRig({
      connections: [{ id: 'billing' }],
      gateLimits: { ...stormLimits, pauseBaseMs: 1, pauseCapMs: 1 },
    });
    const [first, second] = rig.brokers;
    rig.vendor.handle = answerJson(status, {});
    for (let at = 0; at < 12; at += 1) {
      expect(errorOf(await callOf(at % 2 === 0 ? first : second))?.code).not.toBe('held_back_breaker');
    }
    expect((await first.listHeldBack()).filter(({ reason }) => reason === 'breaker')).toEqual([]);
  });

  test('a refused record is no failure, and neither is what the caller gives up', async () => {
    await using rig = await openGateRig({ connections: [{ id: 'billing' }], gateLimits: stormLimits });
    const [broker] = rig.brokers;
    rig.vendor.handle = answerJson(422, {});
    for (let at = 0; at < 20; at += 1) expect(errorOf(await callOf(broker))).toBeUndefined();
    expect(rig.vendor.requests).toHaveLength(20);
    expect(await broker.listHeldBack()).toEqual([]);
  });
});
