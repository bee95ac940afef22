import type { Manifest, OperationManifest } from '@onceover/contract';

/** What a connector's calls needed at one connection, and what they were refused. */
export interface UsedCall {
  connection: string;
  operation: string;
  call: string;
  /** Empty when it went out. */
  refusal: string;
  count: number;
  lastAt: Date;
}

/** What a connection was granted; null: the vendor has not told. */
export interface GrantedScopes {
  connection: string;
  scopes: readonly string[] | null;
}

export interface ScopeRow {
  scope: string;
  /** The manifest's; null for what is granted and not declared. */
  reason: string | null;
  operations: readonly string[];
  /** Connections that have it, that lack it, and that do not tell. */
  grantedTo: readonly string[];
  missingAt: readonly string[];
  unknownAt: readonly string[];
  /** Calls of operations that need it. */
  used: number;
  lastUsedAt: Date | null;
  /** Whole days since; null when it was never used. */
  unusedDays: number | null;
  verdict: ScopeVerdict;
}

/** `undeclared`: granted, and no operation asks for it. `missing`: an operation asks for it, and a connection lacks it. */
export type ScopeVerdict = 'used' | 'unused' | 'never used' | 'undeclared' | 'missing';

export interface CallRow {
  operation: string;
  call: string;
  used: number;
  lastUsedAt: Date | null;
}

export interface RefusedRow {
  connection: string;
  operation: string;
  call: string;
  refusal: string;
  count: number;
  lastAt: Date;
}

/** Declared, granted and used, side by side: what a reviewer looks at. */
export interface ScopeTable {
  connector: string;
  version: string;
  scopes: readonly ScopeRow[];
  calls: readonly CallRow[];
  refused: readonly RefusedRow[];
  /** What the manifest could do without, by what was used. */
  suggestion: { operations: readonly string[]; scopes: readonly string[]; calls: readonly CallPlace[] };
}

export interface CallPlace {
  operation: string;
  call: string;
}

const dayMs = 86_400_000;

/** @param facts.unusedDays how long something may rest before it counts as unused */
export function scopeTable(facts: {
  version: string;
  manifest: Manifest;
  grants: readonly GrantedScopes[];
  uses: readonly UsedCall[];
  now: Date;
  unusedDays: number;
}): ScopeTable {
  const { manifest, version, grants, uses, now, unusedDays } = facts;
  const since = now.getTime() - unusedDays * dayMs;
  const sent = uses.filter(({ refusal }) => refusal === '');
  const isRecent = (last: Date | null) => last !== null && last.getTime() >= since;
  const calls = manifest.operations.flatMap((operation) =>
    callsOf(operation).map((call) => ({
      operation: operation.name,
      call,
      ...useOf(sent.filter((use) => use.operation === operation.name && use.call === call)),
    })),
  );
  const idle = manifest.operations.filter(
    ({ name }) => !calls.some((call) => call.operation === name && isRecent(call.lastUsedAt)),
  );
  const scopes = scopeNames(manifest, grants).map((scope) =>
    rowOf(scope, { manifest, grants, sent, now, isRecent }),
  );
  return {
    connector: manifest.id,
    version,
    scopes,
    calls,
    refused: uses.filter(({ refusal }) => refusal !== ''),
    suggestion: {
      operations: idle.map(({ name }) => name),
      scopes: scopes
        .filter(({ reason, operations }) => reason !== null && operations.length > 0)
        .filter(({ operations }) => operations.every((name) => idle.some((one) => one.name === name)))
        .map(({ scope }) => scope),
      calls: calls
        .filter(
          ({ operation, lastUsedAt }) => !isRecent(lastUsedAt) && !idle.some((one) => one.name === operation),
        )
        .map(({ operation, call }) => ({ operation, call })),
    },
  };
}

function callsOf(operation: OperationManifest): readonly string[] {
  return operation.kind === 'write' ? [...operation.reads, ...operation.writes] : operation.reads;
}

function scopeNames(manifest: Manifest, grants: readonly GrantedScopes[]): readonly string[] {
  const declared = Object.keys(manifest.auth.scopes);
  const granted = grants.flatMap(({ scopes }) => scopes ?? []);
  return [...new Set([...declared, ...granted.toSorted()])];
}

function useOf(uses: readonly UsedCall[]): { used: number; lastUsedAt: Date | null } {
  const last = uses.reduce<Date | null>(
    (latest, { lastAt }) => (latest === null || lastAt > latest ? lastAt : latest),
    null,
  );
  return { used: uses.reduce((sum, { count }) => sum + count, 0), lastUsedAt: last };
}

function rowOf(
  scope: string,
  facts: {
    manifest: Manifest;
    grants: readonly GrantedScopes[];
    sent: readonly UsedCall[];
    now: Date;
    isRecent: (last: Date | null) => boolean;
  },
): ScopeRow {
  const { manifest, grants, sent, now, isRecent } = facts;
  const reason = manifest.auth.scopes[scope]?.reason ?? null;
  const operations = manifest.operations
    .filter(({ scopes }) => scopes.includes(scope))
    .map(({ name }) => name);
  const { used, lastUsedAt } = useOf(sent.filter(({ operation }) => operations.includes(operation)));
  const where = (matches: (grant: GrantedScopes) => boolean) =>
    grants.filter(matches).map(({ connection }) => connection);
  const missingAt = reason === null ? [] : where(({ scopes }) => scopes !== null && !scopes.includes(scope));
  return {
    scope,
    reason,
    operations,
    grantedTo: where(({ scopes }) => scopes?.includes(scope) === true),
    missingAt,
    unknownAt: where(({ scopes }) => scopes === null),
    used,
    lastUsedAt,
    unusedDays: lastUsedAt === null ? null : Math.floor((now.getTime() - lastUsedAt.getTime()) / dayMs),
    verdict: verdictOf({ reason, missingAt, lastUsedAt, isRecent: isRecent(lastUsedAt) }),
  };
}

function verdictOf(facts: {
  reason: string | null;
  missingAt: readonly string[];
  lastUsedAt: Date | null;
  isRecent: boolean;
}): ScopeVerdict {
  if (facts.reason === null) return 'undeclared';
  if (facts.missingAt.length > 0) return 'missing';
  if (facts.lastUsedAt === null) return 'never used';
  return facts.isRecent ? 'used' : 'unused';
}
