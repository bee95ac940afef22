import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openDeadline } from './deadline.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the signal fires when the time is over, and says so', () => {
  const deadline = openDeadline(undefined, 1000);
  vi.advanceTimersByTime(999);
  expect(deadline.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(deadline.signal.reason).toMatchObject({ name: 'TimeoutError' });
});

test('the signal fires when the caller gives up, with the caller’s reason', () => {
  const caller = new AbortController();
  const deadline = openDeadline(caller.signal, 1000);
  caller.abort('gone');
  expect(deadline.signal.reason).toBe('gone');
  expect(openDeadline(caller.signal, 1000).signal.aborted).toBe(true);
});

test('a closed deadline holds on to neither timer nor caller', () => {
  const caller = new AbortController();
  const removed = vi.spyOn(caller.signal, 'removeEventListener');
  const deadline = openDeadline(caller.signal, 1000);
  deadline.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(removed).toHaveBeenCalledOnce();
  caller.abort();
  expect(deadline.signal.aborted).toBe(false);
});
