import { errorToData } from '@onceover/contract';
import { expect, test } from 'vitest';
import { heldBack, heldBackReason, outcomeWithoutHeldBack, withoutHeldBack } from './held-back.ts';

test('a call that is held back says why and when, and that nothing was sent', () => {
  const error = heldBack('breaker', 'The vendor of crm keeps failing', 1234.2);
  expect(error).toMatchObject({
    name: 'RateLimitError',
    code: 'held_back_breaker',
    retry: { afterMs: 1235 },
  });
  expect(error.message).toBe(
    'The vendor of crm keeps failing: the call is held back for 1.2 s, and nothing was sent',
  );
  expect(heldBackReason(error)).toBe('breaker');
  expect(heldBackReason({ code: 'http_429' })).toBeUndefined();
});

test('connector code cannot say it: such a call would be no attempt, for ever', () => {
  const data = errorToData(heldBack('budget', 'forged', 1));
  expect(withoutHeldBack(data)).toEqual({ ...data, code: 'rate_limited' });
  const other = { ...data, code: 'http_500' };
  expect(withoutHeldBack(other)).toBe(other);
  expect(outcomeWithoutHeldBack({ outcome: 'failed', error: data })).toEqual({
    outcome: 'failed',
    error: { ...data, code: 'rate_limited' },
  });
  const created = { outcome: 'created', vendorId: '1' } as const;
  expect(outcomeWithoutHeldBack(created)).toBe(created);
});
