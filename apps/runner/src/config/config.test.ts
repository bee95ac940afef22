import { expect, test } from 'vitest';
import { parseConfig } from './load-config.ts';
import { nearestName } from './nearest-name.ts';

const development = { mode: 'development' } as const;
const production = { mode: 'production' } as const;
const connection = { id: 'crm', connector: 'hubspot', owner: 'revenue-operations' };

test('config: an unknown key is an error with the nearest name', () => {
  expect(() => parseConfig({ conections: [] }, 'onceover.config.ts', development)).toThrow(
    /unknown key "conections": did you mean "connections"\?/,
  );
});

test('config: an error inside a connection carries its path', () => {
  expect(() =>
    parseConfig({ connections: [{ ...connection, owner: '' }] }, 'onceover.config.ts', development),
  ).toThrow(expect.objectContaining({ path: '/connections/0/owner' }));
});

test('config: connections and registrations share one namespace', () => {
  const registrations = [{ id: 'crm', connector: 'hubspot', clientId: 'x' }];
  expect(() => parseConfig({ registrations, connections: [connection] }, 'f', development)).toThrow(
    /already used at \/registrations\/0\/id/,
  );
});

test('config: a connection names a registration that exists and is of its connector', () => {
  expect(() =>
    parseConfig({ connections: [{ ...connection, registration: 'app' }] }, 'f', development),
  ).toThrow(/no registration "app"/);
  const registrations = [{ id: 'app', connector: 'stripe', clientId: 'x' }];
  expect(() =>
    parseConfig({ registrations, connections: [{ ...connection, registration: 'app' }] }, 'f', development),
  ).toThrow(/belongs to connector stripe/);
});

test('config: secrets and origins are refused in production', () => {
  const connections = [{ ...connection, origin: 'http://127.0.0.1:1', credentials: { accessToken: 'x' } }];
  expect(() => parseConfig({ connections }, 'f', production)).toThrow(
    /origin: is for development only[^]*credentials: is for development only/,
  );
  expect(parseConfig({ connections }, 'f', development).connections[0]?.tenant).toBe('default');
});

test('nearestName: names that differ too much give no hint', () => {
  expect(nearestName('weather', ['connections', 'owner'])).toBeUndefined();
  expect(nearestName('onwer', ['connections', 'owner'])).toBe('owner');
});
