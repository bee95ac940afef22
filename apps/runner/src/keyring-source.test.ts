import { expect, test } from 'vitest';
import { keyringSourceOf } from './keyring-source.ts';

const absolute = (path: string) => `/here/${path}`;
const of = (value: string | undefined, variables: NodeJS.ProcessEnv = {}) =>
  keyringSourceOf(value, variables, absolute);

test('keyring: a path is a file, env: a variable, command: a program and its arguments', () => {
  expect(of(undefined)).toBeUndefined();
  expect(of('keys.json')).toEqual({ kind: 'file', file: '/here/keys.json' });
  expect(of('env:KEYS', { KEYS: '{}' })).toEqual({ kind: 'variable', variable: 'KEYS', text: '{}' });
  expect(of('command:kms get  --name onceover')).toMatchObject({
    kind: 'command',
    command: ['kms', 'get', '--name', 'onceover'],
  });
  expect(of('command:["/opt/key client","a b"]')).toMatchObject({ command: ['/opt/key client', 'a b'] });
});

test('keyring: the command gets the environment without what the runner itself is told', () => {
  const variables = { PATH: '/bin', AWS_REGION: 'eu', ONCEOVER_API_KEY: 'x', ONCEOVER_DATABASE_URL: 'y' };
  expect(of('command:kms', variables)).toMatchObject({ env: { PATH: '/bin', AWS_REGION: 'eu' } });
  expect(Object.keys((of('command:kms', variables) as { env: object }).env)).toHaveLength(2);
});

test.each(['env:', 'env:MISSING', 'command:', 'command:  ', 'command:[]', 'command:["a"', 'command:[1]'])(
  'keyring: %j is refused with what to write',
  (value) => {
    expect(() => of(value)).toThrow(/^ONCEOVER_KEYRING (names the variable|has no command)/);
  },
);
