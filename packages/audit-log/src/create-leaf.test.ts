import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AuditLogError } from './audit-log-error.ts';
import { type AuditEntry, createLeaf } from './create-leaf.ts';

const at = '2026-11-24T10:00:00.123Z';
const entry: AuditEntry = {
  kind: 'run-finished',
  subject: 'runs/1',
  at,
  payload: { status: 'succeeded', attempts: 1 },
};
const input = { tenant: 'default', id: '01890a5d-ac96-774b-bcce-b302099a8057', at, entries: [entry] };
/** Salt bytes 0, 1, 2 … */
const counting = (size: number) => Buffer.from(Array.from({ length: size }, (_, index) => index));

const sha256 = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

describe('createLeaf', () => {
  it('writes entry and leaf in their documented bytes and hashes exactly those', () => {
    const leaf = createLeaf({ ...input, randomBytes: counting });
    const payload = `{"at":"${at}","kind":"run-finished","payload":{"attempts":1,"status":"succeeded"},"subject":"runs/1"}`;
    const entryHash = sha256('onceover-audit-entry/1\n000102030405060708090a0b0c0d0e0f\n', payload).toString(
      'hex',
    );
    const body = `{"at":"${at}","entries":["${entryHash}"],"id":"${input.id}","tenant":"default","version":1}`;
    expect(leaf).toEqual({
      id: input.id,
      tenant: 'default',
      at,
      body,
      hash: sha256(Buffer.of(0), body),
      entries: [
        {
          position: 0,
          kind: 'run-finished',
          subject: 'runs/1',
          hash: entryHash,
          salt: counting(16),
          payload,
        },
      ],
    });
  });

  it('keeps its form: a leaf made by an earlier version has the same hashes today', () => {
    const leaf = createLeaf({ ...input, randomBytes: counting });
    expect(leaf.entries[0]?.hash).toBe('b2f9e5c7531e5c6fb6cb0b82cfcb8fcc8c3a35d949720438eb428dc05fc5d6db');
    expect(leaf.hash.toString('hex')).toBe(
      '2169c98f191f2c1d012116b61f30a9cd13c96c7fa7f53e52f7d46062d2144219',
    );
  });

  it('hashes text outside ASCII as UTF-8', () => {
    const leaf = createLeaf({ ...input, tenant: 'größe-😀', randomBytes: counting });
    expect(leaf.hash).toEqual(sha256(Buffer.of(0), Buffer.from(leaf.body, 'utf8')));
  });

  it('gives every entry a salt of its own, so that equal entries have different hashes', () => {
    const leaf = createLeaf({ ...input, entries: Array.from({ length: 100 }, () => entry) });
    expect(new Set(leaf.entries.map(({ salt }) => salt.toString('hex'))).size).toBe(100);
    expect(new Set(leaf.entries.map(({ hash }) => hash)).size).toBe(100);
    expect(leaf.entries.map(({ position }) => position)).toEqual([...Array(100).keys()]);
  });

  it.each([
    ['no entry', { entries: [] }, 'invalid_leaf', '/entries'],
    ['an empty tenant', { tenant: '' }, 'invalid_leaf', ''],
    ['an empty id', { id: '' }, 'invalid_leaf', ''],
    ['a local time', { at: '2026-11-24T10:00:00' }, 'invalid_leaf', '/at'],
    ['a time with an offset', { at: '2026-11-24T10:00:00+01:00' }, 'invalid_leaf', '/at'],
    ['a day that does not exist', { at: '2026-02-30T10:00:00Z' }, 'invalid_leaf', '/at'],
    [
      'a bad time of an entry',
      { entries: [entry, { ...entry, at: 'now' }] },
      'invalid_entry',
      '/entries/1/at',
    ],
    ['a kind without a verb', { entries: [{ ...entry, kind: 'run' }] }, 'invalid_entry', '/entries/0/kind'],
    [
      'a kind with capitals',
      { entries: [{ ...entry, kind: 'Run-Finished' }] },
      'invalid_entry',
      '/entries/0/kind',
    ],
    ['an empty subject', { entries: [{ ...entry, subject: '' }] }, 'invalid_entry', '/entries/0/subject'],
    [
      'a payload with undefined',
      { entries: [entry, { ...entry, payload: { a: undefined } }] },
      'not_canonical',
      '/entries/1/payload/a',
    ],
    [
      'a subject with a lone surrogate',
      { entries: [{ ...entry, subject: '\ud800' }] },
      'not_canonical',
      '/entries/0/subject',
    ],
    ['a tenant with a lone surrogate', { tenant: '\ud800' }, 'not_canonical', '/tenant'],
  ])('refuses %s', (_, change, code, pointer) => {
    let error: unknown;
    try {
      createLeaf({ ...input, ...change });
    } catch (thrown) {
      error = thrown;
    }
    expect(AuditLogError.isInstance(error) && [error.code, error.pointer]).toEqual([code, pointer]);
  });
});
