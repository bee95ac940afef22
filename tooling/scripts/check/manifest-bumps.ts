import { type Bump, bumpOf, compareManifests, type Manifest } from '@onceover/contract';
import { bumpsIn } from './changeset-faults.ts';

const order: readonly Bump[] = ['none', 'patch', 'minor', 'major'];

/**
 * What is wrong with the changesets beside a connector's manifest: the difference to the one that was released last asks
 * for a bump, and no changeset gives it.
 * @param facts.released null where the connector was never released
 * @param facts.changesets texts of the waiting changesets
 */
export function findBumpFault(facts: {
  packageName: string;
  released: Manifest | null;
  current: Manifest;
  changesets: readonly string[];
}): string | undefined {
  const { packageName, released, current, changesets } = facts;
  if (released === null) return undefined;
  const changes = compareManifests(released, current);
  const asked = bumpOf(changes);
  const given = changesets.map((text) => bumpsIn(text).get(packageName) ?? 'none');
  if (given.some((bump) => order.indexOf(bump) >= order.indexOf(asked))) return undefined;
  if (asked === 'none') return undefined;
  const reasons = changes
    .filter(({ bump }) => bump === asked)
    .map(({ path, summary }) => `  ${path}: ${summary}`);
  const most = given.toSorted((a, b) => order.indexOf(b) - order.indexOf(a)).at(0) ?? 'none';
  const present = most === 'none' ? 'no changeset names it' : `its changesets say ${most}`;
  return `${packageName}: its manifest differs from manifest.released.json by what asks for ${asked}, and ${present}. Write a changeset ('${packageName}': ${asked}) for those who upgrade, because of:\n${reasons.join('\n')}`;
}
