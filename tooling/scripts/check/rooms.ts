import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PackageJson {
  name: string;
  version: string;
  private?: boolean;
  scripts?: Record<string, string>;
}

export interface Room {
  folder: string;
  manifest: PackageJson;
}

/** Every package of the workspace. */
export function readRooms(root: string): Room[] {
  return ['packages', 'connectors', 'apps', 'tooling'].flatMap((kind) =>
    readdirSync(join(root, kind))
      .map((name) => join(root, kind, name))
      .filter((folder) => existsSync(join(folder, 'package.json')))
      .map((folder) => ({
        folder,
        manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson,
      })),
  );
}

/** Those that go to a registry. */
export function publishedRooms(root: string): Room[] {
  return readRooms(root).filter(({ manifest }) => manifest.private !== true);
}
