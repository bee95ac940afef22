import { describe, expect, test } from 'vitest';
import { connector } from '../testing/example-connector.fixture.ts';
import { checkVariables, egressTarget } from './egress-target.ts';

const { manifest } = connector;

test('the manifest names the origin, the connection its variables', () => {
  expect(egressTarget(manifest, { region: 'EU' }, null)).toEqual({
    origin: 'https://eu.vendor.example',
    sendTo: 'https://eu.vendor.example',
    policy: 'public',
  });
});

test('a development origin replaces where a call goes, never what is kept of it', () => {
  expect(egressTarget(manifest, { region: 'eu' }, 'http://127.0.0.1:4500')).toEqual({
    origin: 'https://eu.vendor.example',
    sendTo: 'http://127.0.0.1:4500',
    policy: 'loopback',
  });
});

describe('a variable is one part of a host name', () => {
  test.each([
    'evil.example/',
    'evil.example#',
    'evil.example?',
    'user@evil',
    'eu:8443',
    'eu.vendor.example@evil',
    'e u',
    '',
    '.',
    '..',
    'eu\\',
    'eu%2e',
    '\u0000',
    'eu\n',
    '[::1]',
    'ｅu',
    'é',
    'eu/..',
  ])('refused: %j', (region) => {
    expect(() => egressTarget(manifest, { region }, null)).toThrow(/do not make a host name/);
  });
});

describe('a development origin is scheme, loopback host and port', () => {
  test.each([
    'http://10.0.0.1:80',
    'http://vendor.example',
    'http://127.0.0.1.vendor.example',
    'http://127.0.0.1:80/path',
    'http://user@127.0.0.1',
    'http://127.0.0.1?x',
    'ftp://127.0.0.1',
    'http://[::ffff:127.0.0.1]',
    'http://0.0.0.0:80',
    'http://localhost.vendor.example',
    'not a url',
    '',
  ])('refused: %j', (origin) => {
    expect(() => egressTarget(manifest, { region: 'eu' }, origin)).toThrow(/loopback/);
  });
  test.each(['http://127.0.0.1:1', 'https://127.9.9.9', 'http://[::1]:8080', 'http://localhost:3000'])(
    'accepted: %j',
    (origin) => {
      expect(egressTarget(manifest, { region: 'eu' }, origin).sendTo).toBe(origin);
    },
  );
});

test('variables are the manifest’s, all of them, each as its pattern says', () => {
  expect(() => checkVariables(manifest, { region: 'eu' })).not.toThrow();
  expect(() => checkVariables(manifest, {})).toThrow(/"region" is missing: The two letters/);
  expect(() => checkVariables(manifest, { region: 'eur' })).toThrow(/must match \[a-z\]\{2\}/);
  expect(() => checkVariables(manifest, { region: 'eu\n' })).toThrow(/must match/);
  expect(() => checkVariables(manifest, { region: 'eu', zone: '1' })).toThrow(/no variable "zone"/);
  expect(() => checkVariables(manifest, { region: 'eu', constructor: '1' })).toThrow(
    /no variable "constructor"/,
  );
});
