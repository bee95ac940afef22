import type { Violation, WorkspaceFile } from './violation.ts';

/** room → the rooms it may depend on; `connectors/*` stands for each connector. */
export type Arrows = Readonly<Record<string, readonly string[]>>;

interface PackageJson {
  name?: string;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const CATCH_ALL = /(?:^|[/-])(?:shared|common|utils?|helpers?|misc)$/;

/** The arrows again, in package.json, where an unused dependency would open a way that nobody sees in the imports. */
export function findManifestViolations(file: WorkspaceFile, arrows: Arrows): Violation[] {
  const room = /^((?:packages|connectors|apps|tooling)\/[^/]+)\/package\.json$/.exec(file.path)?.[1];
  if (room === undefined) return [];
  const manifest = JSON.parse(file.text) as PackageJson;
  return [
    ...findCatchAll(file.path, room, manifest),
    ...(room.startsWith('tooling/') ? [] : findForbiddenArrows(file.path, room, manifest, arrows)),
    ...(room === 'packages/contract' ? findContractDependencies(file.path, manifest) : []),
  ];
}

function findCatchAll(path: string, room: string, { name = '' }: PackageJson): Violation[] {
  if (!CATCH_ALL.test(room) && !CATCH_ALL.test(name)) return [];
  const message = `"${name || room}" is named for nothing in particular and will take in everything: name it for its idea`;
  return [{ rule: 'no-shared-package', at: path, message }];
}

function findForbiddenArrows(path: string, room: string, manifest: PackageJson, arrows: Arrows): Violation[] {
  const targets = room.startsWith('connectors/') ? arrows['connectors/*'] : arrows[room];
  if (targets === undefined) {
    return [
      {
        rule: 'arrows',
        at: path,
        message: `${room} is in no arrow: add it to boundaries/arrows.json and to the design`,
      },
    ];
  }
  const allowed = new Set(targets.map((target) => `@onceover/${target.split('/')[1]}`));
  const allowedInDevelopment = new Set([...allowed, '@onceover/tsup-config', '@onceover/vitest-config']);
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest;
  const violate = (names: object | undefined, permitted: Set<string>) =>
    Object.keys(names ?? {})
      .filter((name) => name.startsWith('@onceover/') && !permitted.has(name))
      .map((name) => ({
        rule: 'arrows',
        at: path,
        message: `${room} may not depend on ${name} (allowed: ${[...allowed].join(', ') || 'none of ours'})`,
      }));
  return [
    ...violate({ ...dependencies, ...peerDependencies, ...optionalDependencies }, allowed),
    ...violate(devDependencies, allowedInDevelopment),
  ];
}

function findContractDependencies(
  path: string,
  { dependencies, peerDependencies, optionalDependencies }: PackageJson,
): Violation[] {
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
    .filter((name) => name !== 'zod')
    .map((name) => ({
      rule: 'contract-depends-on-zod-alone',
      at: path,
      message: `the contract may depend on zod alone, not on ${name}: every connector ever published carries it`,
    }));
}
