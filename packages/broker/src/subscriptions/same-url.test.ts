import { expect, test } from 'vitest';
import { isNearlySameUrl, isSameUrl } from './same-url.ts';

const own = 'https://hooks.example/v1/hooks/billing';

test.each([
  ['https://HOOKS.example/v1/hooks/billing'],
  ['https://hooks.example:443/v1/hooks/billing'],
  ['https://hooks.example/v1/hooks/%62illing'],
  ['https://hooks.example/v1/./hooks/billing'],
])('isSameUrl: %s is ours in other letters', (other) => {
  expect(isSameUrl(own, other)).toBe(true);
  expect(isNearlySameUrl(own, other)).toBe(true);
});

test.each([
  ['https://hooks.example/v1/hooks/Billing'],
  ['http://hooks.example/v1/hooks/billing'],
  ['https://hooks.example:8443/v1/hooks/billing'],
  ['https://hooks.example/v1/hooks/billing-2'],
  ['https://hooks.example/v1/hooks/billing?to=other'],
  ['https://hooks.example/v1/hooks%2Fbilling'],
  ['https://hooks.example.evil/v1/hooks/billing'],
  ['no url at all'],
  [''],
])('isSameUrl: %s is another address', (other) => {
  expect(isSameUrl(own, other)).toBe(false);
  expect(isNearlySameUrl(own, other)).toBe(false);
});

test('isSameUrl: percent-encoding that cannot be left out is one in either case of its letters', () => {
  expect(isSameUrl('https://a.example/%e4%2f', 'https://a.example/%E4%2F')).toBe(true);
  expect(isSameUrl('https://a.example/%2f', 'https://a.example//')).toBe(false);
});

test('isNearlySameUrl: a slash at its end apart', () => {
  expect(isSameUrl(own, `${own}/`)).toBe(false);
  expect(isNearlySameUrl(own, `${own}/`)).toBe(true);
  expect(isNearlySameUrl(own, `${own}//`)).toBe(false);
});
