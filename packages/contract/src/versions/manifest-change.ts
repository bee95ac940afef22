/** How a version number must rise. */
export type Bump = 'none' | 'patch' | 'minor' | 'major';

export type ChangeArea =
  | 'scope'
  | 'host'
  | 'call'
  | 'guarantee'
  | 'impact'
  | 'reach'
  | 'credential'
  | 'secret'
  | 'signature'
  | 'operation'
  | 'trigger'
  | 'schema'
  | 'fact';

/** One difference between two manifests. */
export interface ManifestChange {
  area: ChangeArea;
  /** JSON pointer into the manifest; an operation, trigger or secret stands under its name. */
  path: string;
  /** For a reviewer, in one line. */
  summary: string;
  /** Whether the connector may do more, reach further or promises less: such a version is held until it is released. */
  widens: boolean;
  bump: Exclude<Bump, 'none'>;
}

export const harmless = { widens: false, bump: 'patch' } as const;
export const addition = { widens: false, bump: 'minor' } as const;
export const breaking = { widens: false, bump: 'major' } as const;
export const widening = { widens: true, bump: 'minor' } as const;

export type Weight = Pick<ManifestChange, 'widens' | 'bump'>;

/** The place of a name in a pointer. */
export function at(...names: readonly (string | number)[]): string {
  return names.map((name) => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A value in one line, cut where it is long. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** Equal as JSON, whatever the order of keys. */
export function isSame(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const members = entries.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.toSorted().join(',')}}`;
}

/** Entries of two sets of names: what came and what went. */
export function compareNames(
  facts: { area: ChangeArea; path: string; noun: string; added: Weight; removed: Weight },
  before: readonly string[],
  after: readonly string[],
): ManifestChange[] {
  const { area, path, noun, added, removed } = facts;
  const came = after.filter((name) => !before.includes(name));
  const went = before.filter((name) => !after.includes(name));
  return [
    ...came.map((name) => ({ area, path, summary: `${noun} added: ${name}`, ...added })),
    ...went.map((name) => ({ area, path, summary: `${noun} removed: ${name}`, ...removed })),
  ];
}

/** One value that is either the same or not. */
export function compareValue(
  facts: { area: ChangeArea; path: string; noun: string; weight: Weight },
  before: unknown,
  after: unknown,
): ManifestChange[] {
  if (isSame(before, after)) return [];
  const { area, path, noun, weight } = facts;
  return [{ area, path, summary: `${noun}: ${shown(before)} → ${shown(after)}`, ...weight }];
}

/** Pairs what two lists have under one name. */
export function pair<Entry extends { name: string }>(before: readonly Entry[], after: readonly Entry[]) {
  const old = new Map(before.map((entry) => [entry.name, entry]));
  const both = after.flatMap((entry) => {
    const previous = old.get(entry.name);
    return previous === undefined ? [] : [{ before: previous, after: entry }];
  });
  return {
    both,
    added: after.filter(({ name }) => !old.has(name)),
    removed: before.filter(({ name }) => !after.some((entry) => entry.name === name)),
  };
}

const order: readonly Bump[] = ['none', 'patch', 'minor', 'major'];

/** The greatest bump that any of the changes asks for. */
export function bumpOf(changes: readonly ManifestChange[]): Bump {
  return changes.reduce<Bump>(
    (bump, change) => (order.indexOf(change.bump) > order.indexOf(bump) ? change.bump : bump),
    'none',
  );
}
