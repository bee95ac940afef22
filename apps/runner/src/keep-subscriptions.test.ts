import { expect, test, vi } from 'vitest';
import { createLog } from './create-log.ts';
import { keepSubscriptions } from './keep-subscriptions.ts';

const silent = createLog({ name: 'test', logLevel: 'silent' }, { write: () => {} });

/** A broker that counts, and may fail. */
function broker(answer: () => Promise<{ looked: number; failed: number }>) {
  const keepAll =
    vi.fn<(asked: { publicUrl: string; signal: AbortSignal }) => ReturnType<typeof answer>>(answer);
  // What else a broker can do, nobody asks for here.
  const subscriptions = { keepAll } as unknown as Parameters<
    typeof keepSubscriptions
  >[0]['broker']['subscriptions'];
  return { keepAll, subscriptions };
}

test('it looks after a while, again and again, whatever fails, until it is stopped', async () => {
  const { keepAll, subscriptions } = broker(async () => ({ looked: 1, failed: 1 }));
  const keeping = keepSubscriptions({
    broker: { subscriptions },
    publicUrl: () => 'https://hooks.example',
    log: silent,
    firstAfterMs: 1,
    everyMs: 1,
  });
  expect(keepAll).not.toHaveBeenCalled();
  await expect.poll(() => keepAll.mock.calls.length).toBeGreaterThan(2);
  expect(keepAll.mock.lastCall?.[0]).toMatchObject({ publicUrl: 'https://hooks.example' });
  await keeping.stop();
  const { length } = keepAll.mock.calls;
  expect(keepAll.mock.lastCall?.[0].signal.aborted).toBe(true);
  await new Promise((resolve) => void setTimeout(resolve, 20));
  expect(keepAll.mock.calls).toHaveLength(length);
});

test('a stop waits for what is under way, and one before the first look ends at once', async () => {
  const under = Promise.withResolvers<{ looked: number; failed: number }>();
  const { keepAll, subscriptions } = broker(() => under.promise);
  const options = { broker: { subscriptions }, publicUrl: () => 'https://hooks.example', log: silent };
  await keepSubscriptions(options).stop();
  expect(keepAll).not.toHaveBeenCalled();
  const keeping = keepSubscriptions({ ...options, firstAfterMs: 1 });
  await expect.poll(() => keepAll.mock.calls.length).toBe(1);
  const order: string[] = [];
  const stop = async () => {
    await keeping.stop();
    order.push('stopped');
  };
  const stopped = stop();
  await new Promise((resolve) => void setTimeout(resolve, 20));
  order.push('answered');
  under.resolve({ looked: 0, failed: 0 });
  await stopped;
  expect(order).toEqual(['answered', 'stopped']);
});
