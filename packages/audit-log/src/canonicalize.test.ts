import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuditLogError } from './audit-log-error.ts';
import { canonicalize } from './canonicalize.ts';

describe('canonicalize: the RFC 8785 form', () => {
  it.each([
    // RFC 8785, section 3.2.2: the sample object.
    [
      {
        numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
        string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
        literals: [null, true, false],
      },
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    ],
    // Section 3.2.3: keys by UTF-16 code units, so the emoji (a surrogate pair) comes before U+FB33.
    [
      {
        '\u20ac': 'Euro Sign',
        '\r': 'Carriage Return',
        '\ufb33': 'Hebrew Letter Dalet With Dagesh',
        '1': 'One',
        '\ud83d\ude00': 'Emoji: Grinning Face',
        '\u0080': 'Control',
        '\u00f6': 'Latin Small Letter O With Diaeresis',
      },
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ],
    [{ 10: 1, 9: 2, a: { c: 1, b: [] }, '': {} }, '{"":{},"10":1,"9":2,"a":{"b":[],"c":1}}'],
    ['\b\t\n\f\r\u0001\u001f\u007f\u2028/', '"\\b\\t\\n\\f\\r\\u0001\\u001f\u007f\u2028/"'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    [JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
  ])('writes %j', (value, text) => {
    expect(canonicalize(value)).toBe(text);
  });

  // RFC 8785, appendix B.
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the double %s as %s', (hex, text) => {
    expect(canonicalize(Buffer.from(hex, 'hex').readDoubleBE())).toBe(text);
  });
});

describe('canonicalize: what JSON cannot say', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  it.each([
    ['undefined', { a: [{ b: undefined }] }, '/a/0/b'],
    ['a hole in an array', Array(2), '/0'],
    ['NaN', { a: Number.NaN }, '/a'],
    ['infinity', [Number.NEGATIVE_INFINITY], '/0'],
    ['a bigint', { amount: 1n }, '/amount'],
    ['a symbol', { a: Symbol('a') }, '/a'],
    ['a function', { toJSON: () => 1 }, '/toJSON'],
    ['a lone surrogate', { 'a/b': { 'c~d': '\ud800' } }, '/a~1b/c~0d'],
    ['a lone surrogate in a key', { a: { '\udfff': 1 } }, '/a'],
    ['a date', { at: new Date(0) }, '/at'],
    ['a map', [new Map()], '/0'],
    ['a buffer', [Buffer.from('a')], '/0'],
    ['a boxed string', [Object('a')], '/0'],
    [
      'a raw number',
      { amount: (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON('1.10') },
      '/amount',
    ],
    ['a cycle', cycle, '/self'.repeat(200)],
  ])('refuses %s and points at it', (_, value, pointer) => {
    const error = thrown(() => canonicalize(value));
    expect(AuditLogError.isInstance(error) && { code: error.code, pointer: error.pointer }).toEqual({
      code: 'not_canonical',
      pointer,
    });
  });
});

describe('canonicalize: for any JSON', () => {
  const anyJson = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' });

  it('keeps the value: reading the text back gives it again, and the same text', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const text = canonicalize(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalize(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it('does not depend on the order in which keys were set', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), anyJson, { maxKeys: 40 }), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalize(turned)).toBe(canonicalize(value));
      }),
    );
  });

  it('orders keys by their UTF-16 code units', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 40 }), (keys) => {
        const value = Object.fromEntries(keys.map((key) => [key, 0]));
        const expected = `{${[...keys].sort().map((key) => `${JSON.stringify(key)}:0`)}}`;
        expect(canonicalize(value)).toBe(expected);
      }),
    );
  });
});

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
