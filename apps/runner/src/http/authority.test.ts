import { expect, test } from 'vitest';
import { stubServer } from '../testing/stub-server.ts';
import type { ServerOptions } from './server.ts';

const apiKey = 'a-key-of-at-least-thirty-two-characters';
const withKey = { authorization: `Bearer ${apiKey}` };

/** Every route with its method; the names of the tenants that were asked for. */
async function serverOf(options: Partial<ServerOptions>) {
  const routes: { method: string; url: string; needsKey: boolean }[] = [];
  const tenants: string[] = [];
  const seen = (query: { tenant: string }) => {
    tenants.push(query.tenant);
    return { items: [], next: null };
  };
  const app = await stubServer(
    { listRuns: async (query) => seen(query), getRun: async (query) => void seen(query) },
    { ...options, onRoute: (route) => void routes.push(route) },
  );
  const get = async (headers: Record<string, string>, url = '/v1/runs') => {
    const { statusCode, payload } = await app.inject({ method: 'GET', url, headers });
    return { status: statusCode, code: (JSON.parse(payload) as { code?: string }).code };
  };
  return { app, routes, tenants, get };
}

test.each([
  ['production', { mode: 'production', host: '127.0.0.1' }],
  ['a host that others reach', { mode: 'development', host: '0.0.0.0' }],
] as const)(
  'authority: in %s every route but hooks, consent pages, healthz and readyz needs a key',
  async (_name, place) => {
    const { app, routes } = await serverOf({ ...place, apiKey });
    const free = routes.filter(({ needsKey }) => !needsKey).map(({ method, url }) => `${method} ${url}`);
    expect(free.toSorted()).toEqual([
      'GET /healthz',
      'GET /readyz',
      'GET /v1/oauth/callback/:registration',
      'GET /v1/oauth/start/:ticket',
      'HEAD /healthz',
      'HEAD /readyz',
      'POST /v1/hooks/:id',
    ]);
    const keyed = routes.filter(({ needsKey }) => needsKey);
    expect(keyed.length).toBeGreaterThan(15);
    for (const { method, url } of keyed) {
      const one = { method: method as 'GET', url: url.replace(':id', 'x') };
      const { statusCode, headers } = await app.inject(one);
      expect([url, statusCode, headers['www-authenticate']]).toEqual([url, 401, 'Bearer']);
      const wrong = await app.inject({ ...one, headers: { authorization: `Bearer ${apiKey}x` } });
      expect([url, wrong.statusCode]).toEqual([url, 401]);
    }
    expect((await app.inject({ url: '/healthz' })).statusCode).toBe(200);
    expect((await app.inject({ url: '/readyz' })).statusCode).toBe(200);
  },
);

test('authority: a key that is not whole, not ours, or of another kind is a 401', async () => {
  const { get } = await serverOf({ mode: 'production', apiKey });
  expect(await get({})).toEqual({ status: 401, code: 'key_missing' });
  expect(await get(withKey)).toMatchObject({ status: 200 });
  expect(await get({ authorization: `bearer ${apiKey}` })).toMatchObject({ status: 200 });
  for (const authorization of [apiKey, `Basic ${apiKey}`, 'Bearer', `Bearer ${apiKey.slice(1)}`]) {
    expect(await get({ authorization })).toEqual({ status: 401, code: 'key_unknown' });
  }
});

test('authority: on loopback in development no key is needed; a wrong one is still wrong', async () => {
  const { get } = await serverOf({ apiKey });
  for (const host of ['127.0.0.1:4400', 'localhost:4400', '[::1]:4400', '127.9.9.9']) {
    expect(await get({ host })).toMatchObject({ status: 200 });
  }
  expect(await get({ host: 'localhost', origin: 'http://localhost:5173' })).toMatchObject({ status: 200 });
  expect(await get({ host: 'localhost', authorization: 'Bearer wrong' })).toMatchObject({ status: 401 });
});

test('authority: in development a Host or Origin that is not loopback is a 403: a web page must not act here', async () => {
  const { get } = await serverOf({ apiKey });
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1:4400']) {
    expect(await get({ host })).toEqual({ status: 403, code: 'not_loopback' });
  }
  for (const origin of ['https://evil.example', 'null', 'file://', 'http://127.0.0.1.evil.example']) {
    expect(await get({ host: 'localhost:4400', origin })).toEqual({ status: 403, code: 'not_loopback' });
  }
  // Who has the key is no web page.
  expect(await get({ host: 'runner.internal', ...withKey })).toMatchObject({ status: 200 });
});

test('authority: Onceover-Tenant chooses the tenant, on every route', async () => {
  const { get, tenants } = await serverOf({});
  await get({ host: 'localhost' });
  await get({ host: 'localhost', 'onceover-tenant': 'acme' });
  await get({ host: 'localhost', 'onceover-tenant': 'acme' }, '/v1/runs/some');
  expect(tenants).toEqual(['default', 'acme', 'acme']);
  for (const tenant of ['', 'A', 'x'.repeat(65), 'a b', '*']) {
    expect(await get({ host: 'localhost', 'onceover-tenant': tenant })).toEqual({
      status: 400,
      code: 'tenant_invalid',
    });
  }
});
