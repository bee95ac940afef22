import type { HostedModule, JsonValue } from '@onceover/contract';
import { parseJson, stringifyJson } from '@onceover/contract';
import { expect, test } from 'vitest';
import { createInlineHost } from './create-inline-host.ts';

const never = new AbortController().signal;
const noCallback = async () => null;

function hostOf(handle: HostedModule['handle']) {
  return createInlineHost(async () => ({ handle }));
}

test('the module is loaded at the first request, and once', async () => {
  let loads = 0;
  const host = createInlineHost(async () => {
    loads += 1;
    return { handle: async (request) => request };
  });
  expect(loads).toBe(0);
  await Promise.all([host.request(1, noCallback, never), host.request(2, noCallback, never)]);
  expect(loads).toBe(1);
});

test('a module that could not be loaded is tried again', async () => {
  let loads = 0;
  const host = createInlineHost(async () => {
    loads += 1;
    if (loads === 1) throw new Error('no such file');
    return { handle: async () => 'here' };
  });
  expect(await host.request(1, noCallback, never)).toMatchObject({
    kind: 'error',
    error: { code: 'unexpected', message: 'no such file' },
  });
  expect(await host.request(1, noCallback, never)).toBe('here');
});

test('both sides get copies: neither can reach into the other', async () => {
  const request = { list: [1], deep: { a: 1 } };
  const reply = { mine: [1] };
  const host = hostOf(async (received) => {
    (received as { list: number[] }).list.push(2);
    return reply;
  });
  const answer = await host.request(request, noCallback, never);
  expect(request).toEqual({ list: [1], deep: { a: 1 } });
  (answer as { mine: number[] }).mine.push(2);
  expect(reply).toEqual({ mine: [1] });
});

test('numbers keep their digits on every way', async () => {
  const amount = parseJson('{"amount":100.10,"id":12345678901234567890}');
  const texts: string[] = [];
  const host = hostOf(async (request, callback) => {
    texts.push(stringifyJson(request), stringifyJson(await callback(request)));
    return request;
  });
  texts.push(stringifyJson(await host.request(amount, async (call) => call, never)));
  expect(texts).toEqual(Array(3).fill('{"amount":100.10,"id":12345678901234567890}'));
});

test('what the code throws is an error reply', async () => {
  const host = hostOf(async () => {
    throw new TypeError('x is not a function');
  });
  expect(await host.request({}, noCallback, never)).toEqual({
    kind: 'error',
    error: expect.objectContaining({ code: 'unexpected', message: 'x is not a function', retry: 'never' }),
  });
});

test('code that hangs keeps nobody waiting past the deadline', async () => {
  const host = hostOf(() => new Promise(() => {}));
  const deadline = new AbortController();
  const asked = host.request({}, noCallback, deadline.signal);
  deadline.abort();
  await expect(asked).rejects.toMatchObject({ code: 'host_deadline' });
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a function', () => {}],
  ['a symbol', Symbol('x')],
  ['a bigint', 1n],
  ['a bigint inside', { a: 1n }],
  ['more than 8 MiB', 'x'.repeat(8 * 1024 * 1024)],
  ['more than 8 MiB of UTF-8', 'é'.repeat(5 * 1024 * 1024)],
])('a reply of %s is refused', async (_what, reply) => {
  const host = hostOf(async () => reply as JsonValue);
  await expect(host.request({}, noCallback, never)).rejects.toMatchObject({ code: 'host_message' });
});

test('a reply that refers to itself is refused', async () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  const host = hostOf(async () => loop as JsonValue);
  await expect(host.request({}, noCallback, never)).rejects.toMatchObject({ code: 'host_message' });
});

test('a call back that is too large is refused before the host sees it', async () => {
  const calls: JsonValue[] = [];
  const host = hostOf(async (_request, callback) => {
    const outcome = await callback('x'.repeat(9 * 1024 * 1024)).catch((error: unknown) => error);
    return (outcome as { code: string }).code;
  });
  const reply = await host.request(
    {},
    async (call) => {
      calls.push(call);
      return null;
    },
    never,
  );
  expect(reply).toBe('host_message');
  expect(calls).toEqual([]);
});

test('a prototype cannot be polluted through a message', async () => {
  const host = hostOf(async () =>
    parseJson('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
  );
  const reply = await host.request({}, noCallback, never);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(Object.getPrototypeOf(reply)).toBe(Object.prototype);
});

test('a closed host answers nothing', async () => {
  const host = hostOf(async () => 1);
  await host.close();
  await expect(host.request({}, noCallback, never)).rejects.toMatchObject({ code: 'host_closed' });
});
