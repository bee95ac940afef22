import { randomBytes as cryptoRandomBytes } from 'node:crypto';
import { AuditLogError } from './audit-log-error.ts';
import { canonicalize } from './canonicalize.ts';
import { hashOfEntry, hashOfLeaf, saltBytes } from './hashes.ts';
import { isTimestamp } from './timestamp.ts';

/** One state change, as it goes into a leaf. */
export interface AuditEntry {
  /** Noun and verb: `run-finished`, `secret-rotated`. */
  kind: string;
  /** What changed, by its id. It stays readable after an erasure: never a person's data. */
  subject: string;
  /** RFC 3339 in UTC, ending in Z. */
  at: string;
  /** Anything that JSON can say. */
  payload: unknown;
}

/** An entry as it is stored: beside the leaf, and erasable. */
export interface SealedEntry {
  /** Its index in the leaf. */
  position: number;
  kind: string;
  subject: string;
  /** Lower-case hex; also in the leaf's body. */
  hash: string;
  salt: Buffer;
  /** The canonical JSON of the whole entry: `{"at":…,"kind":…,"payload":…,"subject":…}`. */
  payload: string;
}

/** What happened to one tenant in one transaction. */
export interface AuditLeaf {
  id: string;
  tenant: string;
  at: string;
  /** The canonical JSON that is hashed: `{"at":…,"entries":[hash …],"id":…,"tenant":…,"version":1}`. */
  body: string;
  /** RFC 9162 leaf hash of the body, 32 bytes. */
  hash: Buffer;
  entries: SealedEntry[];
}

export interface LeafInput {
  tenant: string;
  id: string;
  /** RFC 3339 in UTC, ending in Z. */
  at: string;
  /** At least one. */
  entries: readonly AuditEntry[];
  /** Where salts come from; injected by tests. Called once per leaf. */
  randomBytes?: (size: number) => Buffer;
}

/**
 * Seals entries into a leaf. Pure but for the salts.
 *
 * @throws AuditLogError `not_canonical`, `invalid_entry`, `invalid_leaf`, with a pointer into the input
 */
export function createLeaf({
  tenant,
  id,
  at,
  entries,
  randomBytes = cryptoRandomBytes,
}: LeafInput): AuditLeaf {
  if (tenant === '' || id === '')
    throw new AuditLogError('invalid_leaf', 'A leaf needs a tenant and an id.', '');
  if (!isTimestamp(at)) throw notATime('invalid_leaf', '/at');
  if (entries.length === 0)
    throw new AuditLogError('invalid_leaf', 'A leaf needs at least one entry.', '/entries');
  const salts = randomBytes(saltBytes * entries.length);
  // Entries of one transaction mostly share their time: look at a text once.
  let knownTime = at;
  const sealed = entries.map((entry, position) => {
    if (entry.at !== knownTime && !isTimestamp(entry.at))
      throw notATime('invalid_entry', `/entries/${position}/at`);
    knownTime = entry.at;
    const start = position * saltBytes;
    return seal(entry, position, salts.subarray(start, start + saltBytes));
  });
  const body = canonicalize({ version: 1, tenant, id, at, entries: sealed.map((entry) => entry.hash) });
  return { id, tenant, at, body, hash: hashOfLeaf(body), entries: sealed };
}

const kindShape = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/;

function seal(entry: AuditEntry, position: number, salt: Buffer): SealedEntry {
  const { kind, subject, at, payload } = entry;
  if (!kindShape.test(kind)) {
    throw new AuditLogError(
      'invalid_entry',
      `The kind is not a noun and a verb (run-finished).`,
      `/entries/${position}/kind`,
    );
  }
  if (subject === '')
    throw new AuditLogError('invalid_entry', 'The subject is empty.', `/entries/${position}/subject`);
  const text = textOf({ at, kind, payload, subject }, position);
  return { position, kind, subject, hash: hashOfEntry(salt.toString('hex'), text), salt, payload: text };
}

function textOf(entry: AuditEntry, position: number): string {
  try {
    return canonicalize(entry);
  } catch (error) {
    if (!AuditLogError.isInstance(error)) throw error;
    throw new AuditLogError(error.code, error.message, `/entries/${position}${error.pointer}`);
  }
}

function notATime(code: 'invalid_leaf' | 'invalid_entry', pointer: string): AuditLogError {
  return new AuditLogError(
    code,
    `The time at "${pointer}" is not RFC 3339 in UTC (2026-11-24T10:00:00.000Z).`,
    pointer,
  );
}
