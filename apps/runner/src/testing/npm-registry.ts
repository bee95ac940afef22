import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { workspaceFolder } from '../package-folder.ts';
import { packFolder } from './pack.ts';

type PackageJson = Record<string, unknown> & { name: string; version: string };

interface Published {
  packageJson: PackageJson;
  tarball: Buffer;
  promise: { integrity: string } | { shasum: string };
}

/** A registry of npm's own protocol, on loopback. */
export interface NpmRegistry extends AsyncDisposable {
  url: string;
  /** npm's environment: this registry, and a cache and a home of its own. */
  variables: Readonly<Record<string, string>>;
  /** @param lie what it says of the tarball's integrity instead of the truth; `sha1`: only that, as old registries did */
  publish(tarball: string, packageJson: PackageJson, lie?: string): Promise<void>;
  /** What was asked for, by path. */
  requests: string[];
}

export async function startNpmRegistry(): Promise<NpmRegistry> {
  const all: Published[] = [];
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/');
    requests.push(path);
    const found = all.find(({ packageJson }) => path === tarballPath(packageJson));
    if (found !== undefined) return void response.end(found.tarball);
    const versions = all.filter(({ packageJson }) => path === `/${packageJson.name}`);
    response.statusCode = versions.length === 0 ? 404 : 200;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(versions.length === 0 ? { error: 'not_found' } : packument(versions, url)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is an AddressInfo.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const home = await mkdtemp(join(tmpdir(), 'onceover-npm-'));
  return {
    url,
    requests,
    variables: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      npm_config_registry: `${url}/`,
      npm_config_cache: join(home, 'cache'),
      npm_config_fetch_retries: '0',
    },
    async publish(tarball, packageJson, lie) {
      const content = await readFile(tarball);
      const truth = `sha512-${createHash('sha512').update(content).digest('base64')}`;
      const promise =
        lie === 'sha1'
          ? { shasum: createHash('sha1').update(content).digest('hex') }
          : { integrity: lie ?? truth };
      all.push({ packageJson, tarball: content, promise });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(home, { recursive: true, force: true });
    },
  };
}

const tarballPath = ({ name, version }: PackageJson) => `/${name}/-/${basename(name)}-${version}.tgz`;

function packument(versions: readonly Published[], url: string) {
  const entries = versions.map(({ packageJson, promise }) => [
    packageJson.version,
    { ...packageJson, dist: { tarball: `${url}${tarballPath(packageJson)}`, ...promise } },
  ]);
  const last = versions.at(-1)?.packageJson;
  return { name: last?.name, 'dist-tags': { latest: last?.version }, versions: Object.fromEntries(entries) };
}

/** Publishes a built connector of the workspace and all it depends on, as a release of this version would. */
export async function publishWorkspaceConnector(
  registry: NpmRegistry,
  id: string,
  version: string,
): Promise<PackageJson> {
  const root = workspaceFolder() ?? '';
  const zod = await realpath(join(root, 'packages', 'contract', 'node_modules', 'zod'));
  // npm packs nothing that lies in a node_modules.
  const copy = await mkdtemp(join(tmpdir(), 'onceover-staged-'));
  await cp(zod, copy, { recursive: true });
  await registry.publish(await packFolder(copy), await readPackage(zod));
  await rm(copy, { recursive: true });
  for (const room of ['packages/contract', 'packages/connector-kit'])
    await publishRoom(registry, join(root, room));
  return publishRoom(registry, join(root, 'connectors', id), { version });
}

/** What pnpm makes of a package.json when it packs: versions for `workspace:` and `catalog:`, the published exports. */
async function publishRoom(
  registry: NpmRegistry,
  room: string,
  changes: { version?: string } = {},
): Promise<PackageJson> {
  const { publishConfig, devDependencies: _, ...packageJson } = await readPackage(room);
  const dependencies = packageJson['dependencies'] as Record<string, string>;
  const versions = Object.keys(dependencies).map(async (name) => {
    const { version } = await readPackage(join(room, 'node_modules', name));
    return [name, version] as const;
  });
  const exports = (publishConfig as { exports: object }).exports;
  const published = {
    ...packageJson,
    ...changes,
    exports,
    dependencies: Object.fromEntries(await Promise.all(versions)),
  };
  const staged = await mkdtemp(join(tmpdir(), 'onceover-staged-'));
  await cp(join(room, 'dist'), join(staged, 'dist'), { recursive: true });
  await writeFile(join(staged, 'package.json'), JSON.stringify(published));
  await registry.publish(await packFolder(staged), published);
  await rm(staged, { recursive: true });
  return published;
}

async function readPackage(folder: string): Promise<PackageJson> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageJson;
}
