import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '@onceover/contract';
import { isExactVersion } from './exact-version.ts';

/** What `connectors add` installs: one exact version at npm's registry, or a tarball. */
export type PackageSpec =
  | { kind: 'registry'; name: string; version: string }
  /** Absolute. */
  | { kind: 'tarball'; file: string };

/** As npm names packages; nothing in it leads out of a folder. */
export const packageName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/**
 * @param text `@acme/connector@1.2.3`, or a tarball: `./acme-1.2.3.tgz`, `file:./acme-1.2.3.tgz`
 * @param folder what relative paths start from
 * @throws {ConfigurationError} `package_not_exact` for a range, a tag or no version; `package_spec` for anything else
 */
export function parsePackageSpec(text: string, folder: string): PackageSpec {
  if (/\.(?:tgz|tar\.gz)$/.test(text) && !/^(?:https?|git[\w+]*):/.test(text)) {
    return { kind: 'tarball', file: tarballPath(text, folder) };
  }
  if (/^(?:file:|[./~]|[a-z]+:|git[@+])/.test(text)) {
    throw new ConfigurationError(
      `${text} cannot be installed: name a package and its version (@acme/connector@1.2.3), or a tarball that \`npm pack\` made. A folder needs no installation: name it in "connectors".`,
      { code: 'package_spec' },
    );
  }
  const at = text.indexOf('@', 1);
  const name = at === -1 ? text : text.slice(0, at);
  if (!packageName.test(name) || name.length > 214) {
    throw new ConfigurationError(`"${name}" is no name of an npm package.`, { code: 'package_spec' });
  }
  const version = at === -1 ? '' : text.slice(at + 1);
  if (isExactVersion(version)) return { kind: 'registry', name, version };
  const asked = version === '' ? 'no version was given' : `"${version}" is a range or a tag`;
  throw new ConfigurationError(
    `A connector is installed by its exact version, and ${asked}: what it stands for can change. \`npm view ${name} versions\` lists them; then name one: ${name}@1.2.3`,
    { code: 'package_not_exact' },
  );
}

function tarballPath(text: string, folder: string): string {
  if (text.startsWith('file://')) return fileURLToPath(text);
  return resolve(folder, text.replace(/^file:/, ''));
}
