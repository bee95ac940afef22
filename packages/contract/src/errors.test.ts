import { expect, test } from 'vitest';
import * as errors from './errors.ts';
import {
  errorFromData,
  errorToData,
  OnceoverError,
  ScopeError,
  UpstreamError,
  ValidationError,
} from './errors.ts';

const examples: readonly OnceoverError[] = [
  new errors.ConfigurationError('Change the config', { path: '/connections/0' }),
  new errors.AuthenticationError('Reconnect', { logMessage: 'refresh answered invalid_grant' }),
  new errors.ScopeError('Grant it', { required: ['a', 'b'], granted: ['a'] }),
  new errors.RateLimitError('Slow down', { retry: { afterMs: 1500 } }),
  new errors.UpstreamError('It failed', { status: 502 }),
  new errors.ValidationError('Not an address', { path: '/email', code: 'email' }),
  new errors.ConflictError('Changed meanwhile'),
  new errors.NotFoundError('Gone'),
  new errors.OutcomeUnknownError('The answer was lost'),
  new errors.ContractVersionError('Too new'),
  new errors.OnceoverError('Something else', { code: 'other' }),
];

test.each(examples.map((error) => [error.name, error] as const))(
  '%s: comes back from JSON as what it was',
  (_name, error) => {
    const copy = errorFromData(JSON.parse(JSON.stringify(errorToData(error))));
    expect(copy.constructor).toBe(error.constructor);
    expect(errorToData(copy)).toEqual(errorToData(error));
    expect({ ...copy }).toEqual({ ...error });
    expect(copy.message).toBe(error.message);
  },
);

test('the examples are all the classes there are', () => {
  const classes = Object.values(errors).filter(
    (value) =>
      typeof value === 'function' && (value === OnceoverError || value.prototype instanceof OnceoverError),
  );
  expect(new Set(examples.map((error) => error.constructor))).toEqual(new Set(classes));
});

test('a subclass, and a class that a bundler renamed, travel as the class they stand for', () => {
  const renamed = class ValidationError2 extends ValidationError {};
  expect(errorFromData(errorToData(new renamed('x', { path: '/a' })))).toBeInstanceOf(ValidationError);
  expect(errorToData(new renamed('x')).class).toBe('ValidationError');
});

test('isInstance: errors of another loaded copy of the package count, look-alikes do not', () => {
  const other = Object.assign(new Error('x'), {
    [Symbol.for('onceover.error')]: true,
    code: 'validation',
    retry: 'never',
    logMessage: 'x',
  });
  expect(OnceoverError.isInstance(other)).toBe(true);
  for (const value of [new Error('x'), { code: 'validation' }, null, undefined, 'x', 7]) {
    expect(OnceoverError.isInstance(value)).toBe(false);
  }
});

test('errorToData: the cause and the stack stay at home', () => {
  const data = errorToData(new UpstreamError('It failed', { cause: new Error('secret-in-cause') }));
  expect(JSON.stringify(data)).not.toContain('secret-in-cause');
  expect(JSON.stringify(data)).not.toContain('errors.test.ts');
});

test.each([
  [new TypeError('x is not a function'), 'x is not a function'],
  ['text', 'text'],
  [undefined, 'undefined'],
  [{ toString: (): string => 'object' }, 'object'],
])('errorToData: %s is unexpected and never tried again', (thrown, message) => {
  expect(errorToData(thrown)).toEqual({
    class: 'OnceoverError',
    code: 'unexpected',
    message,
    logMessage: message,
    retry: 'never',
  });
});

test('errorToData: what cannot be turned into text is still an error', () => {
  expect(errorToData(Object.create(null)).code).toBe('unexpected');
  expect(errorToData(Symbol('x')).message).toBe('Symbol(x)');
});

test.each(['NoSuchError', 'toString', '__proto__', 'constructor', ''])(
  'errorFromData: the class %j is unknown and becomes the base class',
  (name) => {
    const error = errorFromData({ class: name, code: 'x', message: 'm', logMessage: 'l', retry: 'later' });
    expect(error.constructor).toBe(OnceoverError);
    expect(error).toMatchObject({ code: 'x', message: 'm', logMessage: 'l', retry: 'later' });
  },
);

test('retry: only vendors that ask for patience or failed are tried again by default', () => {
  const later = examples.filter(({ constructor: Class }) => {
    const error = new (Class as typeof OnceoverError)('x');
    return error.retry === 'later';
  });
  expect(later.map(({ name }) => name)).toEqual(['RateLimitError', 'UpstreamError']);
});

test('a log may be told more than a person', () => {
  const error = new ScopeError('Grant contacts.write', { logMessage: 'POST /contacts answered 403' });
  expect(error.message).toBe('Grant contacts.write');
  expect(error.logMessage).toBe('POST /contacts answered 403');
  expect(new ScopeError('x').logMessage).toBe('x');
});
