import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLeaf, type LeafInput, type SealedEntry } from './create-leaf.ts';
import { hashOfLeaf } from './hashes.ts';
import { type StoredEntry, verifyLeaf } from './verify-leaf.ts';

const at = '2026-11-24T10:00:00Z';

const anyLeafInput: fc.Arbitrary<LeafInput> = fc.record({
  tenant: fc.string({ unit: 'binary', minLength: 1 }),
  id: fc.uuid(),
  at: fc.constant(at),
  entries: fc.array(
    fc.record({
      kind: fc.constantFrom('run-finished', 'secret-rotated', 'approval-decided'),
      subject: fc.string({ unit: 'binary', minLength: 1 }),
      at: fc
        .date({
          min: new Date('1970-01-01T00:00:00Z'),
          max: new Date('9999-12-31T00:00:00Z'),
          noInvalidDate: true,
        })
        .map((date) => date.toISOString()),
      payload: fc.jsonValue(),
    }),
    { minLength: 1, maxLength: 8 },
  ),
});

const leaf = createLeaf({
  tenant: 'default',
  id: 'leaf-1',
  at,
  entries: ['runs/0', 'runs/1', 'runs/2'].map((subject) => ({
    kind: 'run-finished',
    subject,
    at,
    payload: { subject },
  })),
});
const [first, second, third] = leaf.entries as [SealedEntry, SealedEntry, SealedEntry];
const codes = (change: Partial<{ body: string; hash: Buffer; entries: StoredEntry[] }>) =>
  verifyLeaf({ ...leaf, ...change }).map(({ code, position }) =>
    position === undefined ? code : `${code} ${position}`,
  );
const replaced = (position: number, change: Partial<StoredEntry>): StoredEntry[] =>
  leaf.entries.map((entry) => (entry.position === position ? { ...entry, ...change } : entry));

describe('verifyLeaf', () => {
  it('finds no problem in what createLeaf made, whole or erased, in any order of rows', () => {
    fc.assert(
      fc.property(anyLeafInput, fc.infiniteStream(fc.boolean()), (input, erase) => {
        const made = createLeaf(input);
        const stored = made.entries.map((entry) =>
          erase.next().value ? { ...entry, salt: null, payload: null } : entry,
        );
        expect(verifyLeaf({ ...made, entries: stored.reverse() })).toEqual([]);
      }),
    );
  });

  it('finds every single changed character of a body', () => {
    fc.assert(
      fc.property(
        fc.nat(leaf.body.length - 1),
        fc.string({ minLength: 1, maxLength: 1 }),
        (index, character) => {
          fc.pre(leaf.body[index] !== character);
          expect(
            codes({ body: leaf.body.slice(0, index) + character + leaf.body.slice(index + 1) }),
          ).toContain('leaf_hash_differs');
        },
      ),
    );
  });

  it('finds every flipped bit of a payload, a salt or the hash', () => {
    const flip = (bytes: Buffer, bit: number) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return copy;
    };
    const { salt, payload } = second;
    for (let bit = 0; bit < 128; bit += 1) {
      expect(codes({ entries: replaced(1, { salt: flip(salt, bit) }) })).toEqual(['entry_hash_differs 1']);
    }
    for (let bit = 0; bit < payload.length * 8; bit += 1) {
      // latin1, so that each changed byte stays one character.
      const changed = flip(Buffer.from(payload, 'latin1'), bit).toString('latin1');
      expect(codes({ entries: replaced(1, { payload: changed }) })).toEqual([
        expect.stringMatching(/^entry_(hash_differs|malformed) 1$/),
      ]);
    }
    for (let bit = 0; bit < 256; bit += 1)
      expect(codes({ hash: flip(leaf.hash, bit) })).toEqual(['leaf_hash_differs']);
  });

  it('names entries that are missing, repeated, unknown or exchanged', () => {
    expect(codes({ entries: [first, third] })).toEqual(['entry_missing 1']);
    expect(codes({ entries: [first, second, third, second] })).toEqual(['entry_repeated 1']);
    expect(codes({ entries: [first, second, third, { ...third, position: 3 }] })).toEqual([
      'entry_unknown 3',
    ]);
    expect(codes({ entries: [first, { ...third, position: 1 }, { ...second, position: 2 }] })).toEqual([
      'entry_hash_differs 1',
      'entry_hash_differs 2',
    ]);
  });

  it('names an entry that is half erased or whose columns say something else', () => {
    expect(codes({ entries: replaced(2, { salt: null }) })).toEqual(['entry_half_erased 2']);
    expect(codes({ entries: replaced(2, { payload: null }) })).toEqual(['entry_half_erased 2']);
    expect(codes({ entries: replaced(0, { subject: 'runs/9' }) })).toEqual(['entry_column_differs 0']);
    expect(codes({ entries: replaced(0, { kind: 'run-started' }) })).toEqual(['entry_column_differs 0']);
    expect(codes({ entries: replaced(0, { salt: Buffer.alloc(15) }) })).toEqual(['entry_malformed 0']);
  });

  it.each([
    ['not JSON', '{'],
    ['of another version', leaf.body.replace('"version":1', '"version":2')],
    ['with one key more', leaf.body.replace('"version"', '"more":1,"version"')],
    ['without entries', leaf.body.replace(/\[.*\]/, '[]')],
    ['with a hash that is none', leaf.body.replace(/"[0-9a-f]{64}"/, '"00"')],
    ['with a time that is none', leaf.body.replace(at, 'today')],
    ['with a tenant that is none', leaf.body.replace('"default"', '7')],
  ])('names a body that is %s, though its hash fits', (_, body) => {
    expect(codes({ body, hash: hashOfLeaf(body) })).toEqual(['body_malformed']);
  });

  it('names a body that means the same and is written otherwise', () => {
    const body = leaf.body.replace(':', ': ');
    expect(codes({ body, hash: hashOfLeaf(body) })).toEqual(['body_not_canonical']);
  });
});
