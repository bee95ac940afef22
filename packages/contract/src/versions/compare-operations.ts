import { type Guarantee, guaranteeClass } from '../guarantees.ts';
import type { Impact, OperationManifest, Reach, WriteManifest } from '../manifest.ts';
import { compareSchemas } from './compare-schemas.ts';
import {
  addition,
  at,
  breaking,
  compareNames,
  compareValue,
  harmless,
  type ManifestChange,
  pair,
  type Weight,
  widening,
} from './manifest-change.ts';

type Operations = readonly OperationManifest[];

export function compareOperations(before: Operations, after: Operations): ManifestChange[] {
  const { both, added, removed } = pair(before, after);
  return [
    ...added.map((operation) => describeAdded(operation, before)),
    ...removed.map(({ name }) => ({
      area: 'operation' as const,
      path: at('operations', name),
      summary: `operation removed: ${name}`,
      ...breaking,
    })),
    ...both.flatMap((versions) => compareOperation(versions.before, versions.after)),
  ];
}

/** A new read that stays within the calls and scopes of operations that were there opens nothing; all else does. */
function describeAdded(operation: OperationManifest, before: Operations): ManifestChange {
  const calls = new Set(before.flatMap((one) => one.reads as readonly string[]));
  const scopes = new Set(before.flatMap((one) => one.scopes));
  const isWithin =
    operation.kind === 'read' &&
    operation.requestHeaders.length === 0 &&
    operation.reads.every((call) => calls.has(call)) &&
    operation.scopes.every((scope) => scopes.has(scope));
  const does = operation.kind === 'read' ? operation.reads : [...operation.reads, ...operation.writes];
  return {
    area: 'operation',
    path: at('operations', operation.name),
    summary: `operation added: ${operation.name} (${operation.impact}; ${does.join(', ')})`,
    ...(isWithin ? addition : widening),
  };
}

function compareOperation(before: OperationManifest, after: OperationManifest): ManifestChange[] {
  const path = at('operations', after.name);
  if (before.kind !== after.kind) {
    return compareValue(
      { area: 'impact', path, noun: `${after.name} is a`, weight: { widens: true, bump: 'major' } },
      before.kind,
      after.kind,
    );
  }
  const calls = { area: 'call', path, added: widening, removed: harmless } as const;
  return [
    ...compareNames({ ...calls, noun: `read of ${after.name}` }, before.reads, after.reads),
    ...compareNames(
      { ...calls, noun: `header that ${after.name} sets` },
      before.requestHeaders.map((name) => name.toLowerCase()),
      after.requestHeaders.map((name) => name.toLowerCase()),
    ),
    ...compareNames(
      { area: 'scope', path, noun: `scope of ${after.name}`, added: widening, removed: harmless },
      before.scopes,
      after.scopes,
    ),
    ...compareValue(
      {
        area: 'impact',
        path,
        noun: `impact of ${after.name}`,
        weight: weightOfImpact(before.impact, after.impact),
      },
      before.impact,
      after.impact,
    ),
    // What the code gets to see of the vendor's answers, and what becomes a secret that holds.
    ...compareValue(
      {
        area: 'secret',
        path,
        noun: `secrets withheld from ${after.name}`,
        weight: { widens: true, bump: 'major' },
      },
      before.withholds ?? [],
      after.withholds ?? [],
    ),
    ...compareValue(
      { area: 'operation', path, noun: `what ${after.name} implements`, weight: breaking },
      before.implements,
      after.implements,
    ),
    ...(['summary', 'source', 'timeoutMs'] as const).flatMap((name) =>
      compareValue(
        { area: 'fact', path, noun: `${name} of ${after.name}`, weight: harmless },
        before[name],
        after[name],
      ),
    ),
    ...(before.kind === 'write' && after.kind === 'write' ? compareWrite(before, after) : []),
    ...(before.kind === 'read' && after.kind === 'read'
      ? [
          ...compareSchemas({ path: `${path}/input`, taken: true }, before.input, after.input),
          ...compareSchemas({ path: `${path}/output`, taken: false }, before.output, after.output),
        ]
      : []),
  ];
}

function compareWrite(before: WriteManifest, after: WriteManifest): ManifestChange[] {
  const { name } = after;
  const path = at('operations', name);
  return [
    ...compareNames(
      { area: 'call', path, noun: `write of ${name}`, added: widening, removed: harmless },
      before.writes,
      after.writes,
    ),
    ...compareValue(
      {
        area: 'guarantee',
        path,
        noun: `guarantee of ${name}`,
        weight: weightOfGuarantee(before.guarantee, after.guarantee),
      },
      before.guarantee,
      after.guarantee,
    ),
    ...compareValue(
      { area: 'reach', path, noun: `reach of ${name}`, weight: weightOfReach(before.reach, after.reach) },
      before.reach,
      after.reach,
    ),
    ...compareValue(
      {
        area: 'reach',
        path,
        noun: `records in a call of ${name}`,
        weight: after.batch.max > before.batch.max ? widening : harmless,
      },
      before.batch.max,
      after.batch.max,
    ),
    // Effects, links and lanes are known by it.
    ...compareValue(
      { area: 'guarantee', path, noun: `natural key of ${name}`, weight: { widens: true, bump: 'major' } },
      before.naturalKey,
      after.naturalKey,
    ),
    ...compareValue(
      { area: 'guarantee', path, noun: `resource of ${name}`, weight: { widens: true, bump: 'major' } },
      before.resource,
      after.resource,
    ),
    ...compareSchemas({ path: `${path}/record`, taken: true }, before.record, after.record),
  ];
}

const impacts: readonly Impact[] = ['read', 'write', 'message', 'money', 'delete'];

function weightOfImpact(before: Impact, after: Impact): Weight {
  // Policies decide by it: less than was said is for a reviewer, too.
  return { widens: true, bump: impacts.indexOf(after) > impacts.indexOf(before) ? 'major' : 'minor' };
}

function weightOfReach(before: Reach, after: Reach): Weight {
  const isLess = typeof before === 'number' && typeof after === 'number' && after < before;
  return isLess ? harmless : widening;
}

const classes = ['A', 'B', 'C'];

/** By the class at once, and when every key's life is over. */
function weightOfGuarantee(before: Guarantee, after: Guarantee): Weight {
  const rank = (guarantee: Guarantee, hours: number) => classes.indexOf(guaranteeClass(guarantee, hours));
  const isWeaker = [0, Number.MAX_SAFE_INTEGER].some((hours) => rank(after, hours) > rank(before, hours));
  return isWeaker ? { widens: true, bump: 'major' } : widening;
}
