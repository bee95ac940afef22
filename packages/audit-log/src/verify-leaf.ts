import { canonicalize } from './canonicalize.ts';
import { hashOfEntry, hashOfLeaf, saltBytes } from './hashes.ts';
import { isTimestamp } from './timestamp.ts';

/** An entry as it was read back. After an erasure salt and payload are both null. */
export interface StoredEntry {
  position: number;
  salt: Buffer | null;
  payload: string | null;
  /** The columns that repeat the payload's, when they were read. */
  kind?: string;
  subject?: string;
}

/** What is wrong with a leaf; `position` names the entry. */
export interface LeafProblem {
  code:
    | 'body_not_canonical'
    | 'body_malformed'
    | 'leaf_hash_differs'
    | 'entry_missing'
    | 'entry_unknown'
    | 'entry_repeated'
    | 'entry_half_erased'
    | 'entry_malformed'
    | 'entry_hash_differs'
    | 'entry_column_differs';
  position?: number;
  detail: string;
}

/**
 * Checks a stored leaf and its entries against each other; no problem means that nothing was changed since the hash was
 * made. Whether the hash itself is the right one only the log's tree can tell.
 */
export function verifyLeaf(leaf: {
  body: string;
  hash: Buffer;
  entries: readonly StoredEntry[];
}): LeafProblem[] {
  const problems: LeafProblem[] = [];
  if (!hashOfLeaf(leaf.body).equals(leaf.hash)) {
    problems.push({ code: 'leaf_hash_differs', detail: "The leaf's hash is not the hash of its body." });
  }
  const hashes = readBody(leaf.body, problems);
  if (!hashes) return problems;
  const seen = new Set<number>();
  for (const entry of leaf.entries) {
    const { position } = entry;
    const expected = hashes[position];
    if (expected === undefined) {
      problems.push({ code: 'entry_unknown', position, detail: 'The leaf has no entry at this position.' });
    } else if (seen.has(position)) {
      problems.push({
        code: 'entry_repeated',
        position,
        detail: 'There is more than one entry at this position.',
      });
    } else {
      problems.push(...problemsOfEntry(entry, expected));
    }
    seen.add(position);
  }
  for (const position of hashes.keys()) {
    if (!seen.has(position))
      problems.push({ code: 'entry_missing', position, detail: 'The entry is not there.' });
  }
  return problems;
}

function readBody(body: string, problems: LeafProblem[]): string[] | undefined {
  const value = parse(body);
  if (!isLeafBody(value)) {
    problems.push({ code: 'body_malformed', detail: 'The body is not a leaf of version 1.' });
    return undefined;
  }
  if (canonicalize(value) !== body) {
    problems.push({ code: 'body_not_canonical', detail: 'The body is not in canonical form.' });
  }
  return value.entries;
}

interface LeafBody {
  version: 1;
  tenant: string;
  id: string;
  at: string;
  entries: string[];
}

function isLeafBody(value: unknown): value is LeafBody {
  if (!hasExactly(value, ['at', 'entries', 'id', 'tenant', 'version'])) return false;
  const { version, tenant, id, at, entries } = value;
  return (
    version === 1 &&
    isName(tenant) &&
    isName(id) &&
    typeof at === 'string' &&
    isTimestamp(at) &&
    Array.isArray(entries) &&
    entries.length > 0 &&
    entries.every((entry) => typeof entry === 'string' && /^[0-9a-f]{64}$/.test(entry))
  );
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.isWellFormed();
}

function problemsOfEntry(entry: StoredEntry, expected: string): LeafProblem[] {
  const { position, salt, payload } = entry;
  if (salt === null && payload === null) return [];
  if (salt === null || payload === null) {
    return [{ code: 'entry_half_erased', position, detail: 'Only one of salt and payload is there.' }];
  }
  const value = parse(payload);
  if (salt.length !== saltBytes || !hasExactly(value, ['at', 'kind', 'payload', 'subject'])) {
    return [{ code: 'entry_malformed', position, detail: 'The salt or the payload does not have its form.' }];
  }
  if (hashOfEntry(salt.toString('hex'), payload) !== expected) {
    return [
      {
        code: 'entry_hash_differs',
        position,
        detail: 'The payload is not the one whose hash is in the leaf.',
      },
    ];
  }
  const columns = ['kind', 'subject'] as const;
  return columns
    .filter((column) => entry[column] !== undefined && entry[column] !== value[column])
    .map((column) => ({
      code: 'entry_column_differs' as const,
      position,
      detail: `The column ${column} does not repeat the payload's.`,
    }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hasExactly(value: unknown, keys: string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).sort().join() === keys.join();
}
