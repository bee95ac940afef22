import { ValidationError } from '../errors.ts';
import type { Manifest, SecretRotationManifest } from '../manifest.ts';
import { compareAuth } from './compare-auth.ts';
import { compareOperations } from './compare-operations.ts';
import { compareTriggers } from './compare-triggers.ts';
import {
  at,
  breaking,
  compareNames,
  compareValue,
  harmless,
  type ManifestChange,
  type Weight,
  widening,
} from './manifest-change.ts';

/**
 * What a later version of a connector may do that an earlier one may not, and what else differs, widest first. What is
 * not known to be harmless counts as wider.
 * @throws {ValidationError} when they are not manifests of one connector
 */
export function compareManifests(before: Manifest, after: Manifest): readonly ManifestChange[] {
  if (before.id !== after.id) {
    throw new ValidationError(
      `${before.id} and ${after.id} are two connectors: compare versions of one connector`,
      { code: 'not_one_connector', path: '/id' },
    );
  }
  const changes = [
    ...compareValue(
      { area: 'fact', path: '/specVersion', noun: 'contract', weight: { widens: true, bump: 'major' } },
      before.specVersion,
      after.specVersion,
    ),
    ...compareValue(
      { area: 'fact', path: '/domain', noun: 'domain', weight: { widens: true, bump: 'major' } },
      before.domain,
      after.domain,
    ),
    ...compareHosts(before, after),
    ...compareAuth(before.auth, after.auth),
    ...compareOperations(before.operations, after.operations),
    ...compareTriggers(before.triggers, after.triggers),
    ...compareRotation(before.rotation, after.rotation),
    ...compareFacts(before, after),
  ];
  return changes.toSorted((left, right) => Number(right.widens) - Number(left.widens));
}

function compareHosts(before: Manifest, after: Manifest): ManifestChange[] {
  const hosts = { area: 'host', added: widening, removed: harmless } as const;
  const names = Object.keys(after.variables).filter((name) => Object.hasOwn(before.variables, name));
  return [
    ...compareNames({ ...hosts, path: '/egress', noun: 'host' }, before.egress, after.egress),
    // The first is where paths resolve.
    ...(after.egress.every((host) => before.egress.includes(host))
      ? compareValue(
          { area: 'host', path: '/egress/0', noun: 'host of all paths', weight: widening },
          before.egress[0],
          after.egress[0],
        )
      : []),
    ...compareNames(
      { area: 'host', path: '/variables', noun: 'variable of URLs', added: widening, removed: breaking },
      Object.keys(before.variables),
      Object.keys(after.variables),
    ),
    ...names.flatMap((name) => [
      ...compareValue(
        { area: 'host', path: at('variables', name), noun: `what {${name}} may hold`, weight: widening },
        before.variables[name]?.pattern,
        after.variables[name]?.pattern,
      ),
      ...compareValue(
        { area: 'fact', path: at('variables', name), noun: `description of {${name}}`, weight: harmless },
        before.variables[name]?.description,
        after.variables[name]?.description,
      ),
    ]),
  ];
}

function compareRotation(before: Manifest['rotation'], after: Manifest['rotation']): ManifestChange[] {
  const namesOf = (
    rotation: Manifest['rotation'],
    list: (one: SecretRotationManifest) => readonly string[],
  ) => Object.entries(rotation).flatMap(([secret, one]) => list(one).map((name) => `${secret} ${name}`));
  const compare = (
    noun: string,
    list: (one: SecretRotationManifest) => readonly string[],
    removed: Weight = harmless,
  ) =>
    compareNames(
      { area: 'secret', path: '/rotation', noun, added: widening, removed },
      namesOf(before, list),
      namesOf(after, list),
    );
  const places = (list: SecretRotationManifest['placed']) =>
    list.map(({ call, pointer }) => `${call} ${pointer}`);
  return [
    ...compare('rotation hook', ({ hooks }) => hooks, breaking),
    ...compare('call of a rotation', ({ reads, writes }) => [...reads, ...writes]),
    ...compare('scope of a rotation', ({ scopes }) => scopes),
    // One that is no longer withheld is shown to the code.
    ...compare('secret withheld from a rotation', ({ withholds }) => places(withholds), {
      widens: true,
      bump: 'major',
    }),
    ...compare('place where a secret is put', ({ placed }) => places(placed)),
  ];
}

/** What tells about the vendor and opens nothing. */
function compareFacts(before: Manifest, after: Manifest): ManifestChange[] {
  const fact = (name: 'title' | 'answers' | 'rateLimits' | 'deprecations', weight = harmless) =>
    compareValue({ area: 'fact', path: at(name), noun: name, weight }, before[name], after[name]);
  return [
    ...fact('title'),
    // How answers are read decides what counts as done.
    ...compareValue(
      { area: 'guarantee', path: '/answers', noun: 'how answers are read', weight: widening },
      before.answers,
      after.answers,
    ),
    ...fact('rateLimits'),
    ...fact('deprecations'),
    // A header may change what a call does.
    ...compareValue(
      { area: 'call', path: '/headers', noun: 'headers of every call', weight: widening },
      before.headers,
      after.headers,
    ),
  ];
}
