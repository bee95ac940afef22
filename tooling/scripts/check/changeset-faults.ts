const SHAPE = /^---\n(?<names>[\s\S]*?)---\n(?<text>[\s\S]*)$/;
const LINE = /^(?<quote>['"])(?<name>[^'"]+)\k<quote>:\s*(?<bump>\w+)$/;

/** What is wrong with a changeset's text; `published` holds the names that it may bump. */
export function findChangesetFaults(changeset: string, published: ReadonlySet<string>): string[] {
  const parts = SHAPE.exec(changeset)?.groups;
  if (parts === undefined) return ['begins with no front matter that names the packages'];
  const lines = (parts['names'] ?? '').split('\n').filter((line) => line.trim() !== '');
  const faults = lines.flatMap((line) => findLineFaults(line, published));
  if (lines.length > 0 && (parts['text'] ?? '').trim().length < 10)
    faults.push('says nothing to the reader of a changelog');
  return faults;
}

/** The bumps that a changeset gives, by package; what cannot be read gives none. */
export function bumpsIn(changeset: string): ReadonlyMap<string, 'patch' | 'minor' | 'major'> {
  const lines = (SHAPE.exec(changeset)?.groups?.['names'] ?? '').split('\n');
  const bumps = new Map<string, 'patch' | 'minor' | 'major'>();
  for (const line of lines) {
    const { name, bump } = LINE.exec(line.trim())?.groups ?? {};
    if (name !== undefined && (bump === 'patch' || bump === 'minor' || bump === 'major'))
      bumps.set(name, bump);
  }
  return bumps;
}

function findLineFaults(line: string, published: ReadonlySet<string>): string[] {
  const { name, bump } = LINE.exec(line.trim())?.groups ?? {};
  if (name === undefined || bump === undefined)
    return [`cannot read "${line}": write "package": patch | minor | major`];
  const faults: string[] = [];
  if (!published.has(name)) faults.push(`${name} is no published package of this workspace`);
  if (!['patch', 'minor', 'major'].includes(bump))
    faults.push(`${name}: "${bump}" is not patch, minor or major`);
  return faults;
}
