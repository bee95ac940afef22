import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  changeAtPointer,
  isRawJson,
  type JsonValue,
  numberText,
  parseJson,
  readPointer,
  readPointerText,
  stringifyJson,
  withPlainNumbers,
} from './json.ts';

/** Any text that JSON allows for a number, absurd ones among them. */
const numberTexts = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.bigInt({ min: 1n, max: 10n ** 40n }).map(String)),
    fc.option(fc.stringMatching(/^\d{1,30}$/), { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.nat(999)), {
      nil: undefined,
    }),
  )
  .map(
    ([sign, whole, fraction, exponent]) =>
      `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}${exponent === undefined ? '' : exponent.join('')}`,
  );

test('parseJson: what is written back has every digit that was read, wherever the number stands', () => {
  fc.assert(
    fc.property(fc.array(numberTexts, { minLength: 1, maxLength: 6 }), fc.string(), (numbers, name) => {
      const text = `{"list":[${numbers.join(',')}],"object":{${JSON.stringify(name)}:${numbers[0]}}}`;
      return stringifyJson(parseJson(text)) === text;
    }),
    { numRuns: 2000 },
  );
});

test('parseJson: any JSON value comes back as itself', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(JSON.parse(stringifyJson(parseJson(text)))).toEqual(JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['1', 1],
  ['-12.5', -12.5],
  ['9007199254740991', 9007199254740991],
  ['0.1', 0.1],
])('parseJson: %s is a plain number', (text, number) => {
  expect(parseJson(text)).toBe(number);
});

test.each([
  '100.10',
  '1.0',
  '1e2',
  '1E400',
  '9007199254740993',
  '12345678901234567890',
  '-0',
  '0.1000000000000000055',
])('parseJson: %s stays its own text', (text) => {
  const value = parseJson(text);
  expect(isRawJson(value)).toBe(true);
  expect(numberText(value)).toBe(text);
});

test.each(['', '{', '01', '1.', '.5', '+1', 'NaN', '{"a":1,}', "{'a':1}", '"\u0000"'])(
  'parseJson: %j is not JSON',
  (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  },
);

test('parseJson: a property called __proto__ is a property and changes no prototype', () => {
  const value = parseJson('{"__proto__":{"admin":true},"n":1.0}') as object;
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect('admin' in value).toBe(false);
  expect(stringifyJson(value)).toBe('{"__proto__":{"admin":true},"n":1.0}');
});

test('numberText: digits of numbers alone', () => {
  expect(numberText(12.5)).toBe('12.5');
  expect(numberText('12.5')).toBeUndefined();
  expect(numberText(null)).toBeUndefined();
  expect(numberText({ rawJSON: '1' })).toBeUndefined();
});

test.each([
  ['1.50', 1.5],
  ['1e2', 100],
  ['1E+2', 100],
  ['100.10', 100.1],
  ['0.0', 0],
  ['5e-1', 0.5],
  ['10.00e1', 100],
])('withPlainNumbers: %s is the plain number of the same amount', (text, number) => {
  expect(withPlainNumbers(parseJson(text))).toBe(number);
});

test.each(['9007199254740993', '1e400', '0.1000000000000000055', '123456789.123456789123'])(
  'withPlainNumbers: %s would lose digits and stays its text',
  (text) => {
    expect(stringifyJson(withPlainNumbers(parseJson(text)))).toBe(text);
  },
);

test('withPlainNumbers: a plain number always says what its text said', () => {
  fc.assert(
    fc.property(numberTexts, (text) => {
      const value = withPlainNumbers(parseJson(text));
      if (typeof value !== 'number') return stringifyJson(value) === text;
      return Number.isFinite(value) && exact(String(value)) === exact(text);
    }),
    { numRuns: 2000 },
  );
});

/** A decimal text as a fraction's numerator over one common power of ten, by another way than the code's. */
function exact(text: string): bigint {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const scale = 1100 - fraction.length + Number(exponent);
  const units = BigInt(whole + fraction) * 10n ** BigInt(scale);
  return sign === '-' ? -units : units;
}

test('withPlainNumbers: what needs no change is the same object', () => {
  const value = { a: [1, 'x', { b: null }] };
  expect(withPlainNumbers(value)).toBe(value);
  const raw = parseJson('{"keep":{"x":1},"change":[1.0]}') as { keep: object };
  const plain = withPlainNumbers(raw) as { keep: object; change: unknown };
  expect(plain).toEqual({ keep: { x: 1 }, change: [1] });
  expect(plain.keep).toBe(raw.keep);
});

test('withPlainNumbers: a property called __proto__ stays a property', () => {
  const plain = withPlainNumbers(parseJson('{"__proto__":1.0}')) as object;
  expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
  expect(Object.keys(plain)).toEqual(['__proto__']);
});

const document = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'm~n': 8,
  '~1': 9,
  nothing: null,
  yes: true,
};

test.each([
  ['', document],
  ['/foo', ['bar', 'baz']],
  ['/foo/0', 'bar'],
  ['/', 0],
  ['/a~1b', 1],
  ['/m~0n', 8],
  ['/~01', 9],
  ['/nothing', null],
])('readPointer: %j is found', (pointer, value) => {
  expect(readPointer(document, pointer)).toEqual(value);
});

test.each([
  '/foo/2',
  '/foo/-',
  '/foo/00',
  '/foo/length',
  '/foo/0/0',
  '/absent',
  '/nothing/x',
  'foo',
  '/toString',
  '/__proto__',
  '/constructor',
])('readPointer: %j is not there', (pointer) => {
  expect(readPointer(document, pointer)).toBeUndefined();
});

test('readPointer: a number kept as text has nothing inside', () => {
  expect(readPointer(parseJson('{"n":1.0}'), '/n/rawJSON')).toBeUndefined();
});

const change = (text: string, pointer: string, to: JsonValue | undefined = 'new') => {
  const found: (JsonValue | undefined)[] = [];
  const changed = changeAtPointer(parseJson(text), pointer, (value) => {
    found.push(value);
    return to;
  });
  return { found, text: stringifyJson(changed) };
};

test.each([
  ['{"a":{"b":"x","n":1.10}}', '/a/b', ['x'], '{"a":{"b":"new","n":1.10}}'],
  ['{"a":{}}', '/a/b', [undefined], '{"a":{"b":"new"}}'],
  ['{"a":[1,2]}', '/a/1', [2], '{"a":[1,"new"]}'],
  ['{"a":[{"b":1},{},[]]}', '/a/*/b', [1, undefined], '{"a":[{"b":"new"},{"b":"new"},[]]}'],
  ['{"*":1,"a":2}', '/*', [1], '{"*":"new","a":2}'],
  ['{"a/b":1,"m~n":2}', '/a~1b', [1], '{"a/b":"new","m~n":2}'],
  ['"x"', '', ['x'], '"new"'],
])('changeAtPointer: %s at %s', (text, pointer, found, changed) => {
  expect(change(text, pointer)).toEqual({ found, text: changed });
});

test.each([
  ['{"a":1}', '/a/b'],
  ['{"a":1}', 'a'],
  ['{}', '/a/b'],
  ['[1]', '/00'],
  ['[1]', '/1'],
  ['[]', '/length'],
  ['{"n":1.0}', '/n/rawJSON'],
  ['null', '/a'],
])('changeAtPointer: %s has no place %s', (text, pointer) => {
  expect(change(text, pointer)).toEqual({ found: [], text });
});

test('changeAtPointer: undefined leaves what is there, and adds nothing', () => {
  const value = parseJson('{"a":1}');
  expect(changeAtPointer(value, '/b', () => undefined)).toBe(value);
  expect(changeAtPointer(value, '/a', () => undefined)).toEqual(value);
});

test('changeAtPointer: __proto__ is a name like others, and no setter', () => {
  const added = changeAtPointer({}, '/__proto__', () => ({ evil: true })) as object;
  expect(Object.keys(added)).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(added)).toBe(Object.prototype);
  expect(change('{"__proto__":{"a":1}}', '/__proto__/a').text).toBe('{"__proto__":{"a":"new"}}');
});

test('readPointerText: scalars as text, containers and null as nothing', () => {
  const value = parseJson('{"s":"x","n":12345678901234567890,"b":false,"l":[],"z":null}');
  expect(['/s', '/n', '/b', '/l', '/z'].map((pointer) => readPointerText(value, pointer))).toEqual([
    'x',
    '12345678901234567890',
    'false',
    undefined,
    undefined,
  ]);
});
