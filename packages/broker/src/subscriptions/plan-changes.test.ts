import type { ListedSubscription } from '@onceover/contract';
import { describe, expect, test } from 'vitest';
import { planChanges, type SubscriptionFacts } from './plan-changes.ts';

const url = 'https://onceover.example/v1/hooks/billing';
const topics = ['order.paid', 'order.refunded'];

const one = (vendorId: string, changes: Partial<ListedSubscription> = {}): ListedSubscription => ({
  vendorId,
  url,
  topics,
  isActive: true,
  ...changes,
});

/** Who stays, whether one is made, and who goes. */
function plan(listed: readonly ListedSubscription[], changes: Partial<SubscriptionFacts> = {}) {
  const { keep, isAdopted, create, remove } = planChanges({
    wanted: { url, topics },
    url,
    listed,
    known: { vendorId: null, url: null, intendedUrl: null },
    secret: 'in-answer',
    hasGivenSecret: false,
    hasSecret: true,
    renewUntil: null,
    mayBeUnlisted: false,
    ...changes,
  });
  return { keep: keep?.vendorId, isAdopted, create, remove: remove.map(({ vendorId }) => vendorId) };
}

const known = { vendorId: 'b', url, intendedUrl: null };

describe('planChanges', () => {
  test('nothing there: one is made', () => {
    expect(plan([])).toEqual({ keep: undefined, isAdopted: false, create: true, remove: [] });
  });

  test('the one that we know stays, whatever the order of its topics; others with the URL go', () => {
    const listed = [one('a'), one('b', { topics: topics.toReversed() }), one('c', { topics: ['*'] })];
    expect(plan(listed, { known })).toEqual({
      keep: 'b',
      isAdopted: false,
      create: false,
      remove: ['a', 'c'],
    });
  });

  test('one that we know and whose secret is lost is replaced; where there is no secret of its own it stays', () => {
    const lost = { known, hasSecret: false };
    expect(plan([one('b')], lost)).toMatchObject({ keep: undefined, create: true, remove: ['b'] });
    expect(plan([one('b')], { ...lost, secret: 'on-request' })).toMatchObject({ keep: 'b', isAdopted: true });
    expect(plan([one('b')], { ...lost, secret: 'shared' })).toMatchObject({ keep: 'b', isAdopted: false });
  });

  test('the one that we know stays, however its vendor writes our URL; nobody else’s is taken for ours', () => {
    const near = [one('b', { url: `${url}/` }), one('c', { url: `${url}/` })];
    expect(plan(near, { known })).toEqual({ keep: 'b', isAdopted: false, create: false, remove: [] });
    const other = one('b', { url: 'https://elsewhere.example/hook' });
    expect(plan([other], { known })).toMatchObject({ create: true, remove: [] });
  });

  test('what is not ours is neither kept nor removed', () => {
    const listed = [
      one('a', { url: `${url}/` }),
      one('b', { url: 'https://other.example/' }),
      one('c', { url: url.toUpperCase() }),
    ];
    expect(plan(listed)).toMatchObject({ create: true, remove: [] });
    // A person has given the one that we know another address: it is theirs now.
    expect(plan(listed, { known })).toMatchObject({ create: true, remove: [] });
  });

  test('of an earlier address only the one that we know goes', () => {
    const old = 'https://old.example/v1/hooks/billing';
    const listed = [one('a', { url: old }), one('b', { url: old })];
    const facts = { known: { vendorId: 'b', url: old, intendedUrl: null } };
    expect(plan(listed, facts)).toMatchObject({ create: true, remove: ['b'] });
  });

  test.for([
    ['in-answer', false, null, undefined],
    ['in-answer', true, null, 'a'],
    ['in-answer', true, url, undefined],
    ['on-request', false, url, 'a'],
    ['shared', false, url, 'a'],
  ] as const)(
    'found, its secret %s, one given %s, a creation open %s: %s is taken over',
    ([secret, hasGivenSecret, intendedUrl, keep]) => {
      const facts = { secret, hasGivenSecret, known: { vendorId: null, url: null, intendedUrl } };
      const expected = { keep, isAdopted: keep !== undefined, create: keep === undefined };
      expect(plan([one('a')], facts)).toMatchObject({ ...expected, remove: keep === undefined ? ['a'] : [] });
    },
  );

  test('a creation that was lost under an earlier address goes', () => {
    const old = 'https://old.example/v1/hooks/billing';
    const facts = { known: { vendorId: null, url: null, intendedUrl: old } };
    expect(plan([one('a', { url: old })], facts)).toMatchObject({ create: true, remove: ['a'] });
  });

  test('one that ends too soon is made anew; one that was made just now is waited for', () => {
    const renewUntil = new Date('2026-11-25T00:00:00Z');
    const ending = one('b', { expiresAt: '2026-11-24T23:00:00Z' });
    expect(plan([ending], { known, renewUntil })).toMatchObject({ create: true, remove: ['b'] });
    expect(plan([], { known, mayBeUnlisted: true })).toMatchObject({ create: false, remove: [] });
    expect(plan([one('b', { topics: ['x'] })], { known, mayBeUnlisted: true })).toMatchObject({
      create: true,
    });
  });

  test('none wanted: all of ours go', () => {
    const listed = [one('a'), one('b'), one('c', { url: 'https://other.example/' })];
    expect(plan(listed, { wanted: null, known })).toMatchObject({ create: false, remove: ['a', 'b'] });
  });
});
