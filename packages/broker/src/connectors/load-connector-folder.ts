import { access, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigurationError, type Manifest, manifestSchema } from '@onceover/contract';
import { z } from 'zod';
import type { ConnectorSource, LoadedConnector } from '../call-types.ts';
import { type HashedFiles, hashFiles, integrityOf } from './hash-files.ts';

const packageSchema = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  onceover: z.object({ connector: z.string().regex(/^[a-z0-9-]{1,64}$/) }),
});

/**
 * Reads a built connector without importing it: package.json and dist/manifest.json.
 * @param options.files what its integrity covers; its built files unless given
 * @throws {ConfigurationError} naming the file, the place in it and what to do
 */
export async function loadConnectorFolder(
  folder: string,
  options: { source?: ConnectorSource; files?: HashedFiles } = {},
): Promise<LoadedConnector> {
  const root = resolve(folder);
  const packageFile = join(root, 'package.json');
  const manifestFile = join(root, 'dist', 'manifest.json');
  const found = packageSchema.safeParse(
    await readJson(
      packageFile,
      'A connector is a folder with a package.json; check the path in "connectors".',
    ),
  );
  if (!found.success) {
    throw invalid(
      packageFile,
      found.error,
      'A connector names itself there: "onceover": { "connector": "<id>" }.',
    );
  }
  const { name, version, onceover } = found.data;
  const rebuild = `Build it: run \`pnpm bundle\` in ${root}.`;
  const manifest = manifestSchema.safeParse(
    await readJson(manifestFile, `The connector is not built. ${rebuild}`),
  );
  if (!manifest.success) throw invalid(manifestFile, manifest.error, rebuild);
  if (manifest.data.id !== onceover.connector) {
    throw new ConfigurationError(
      `${manifestFile} describes the connector "${manifest.data.id}", but ${packageFile} says "${onceover.connector}". ${rebuild}`,
      { code: 'connector_id', path: '/id' },
    );
  }
  checkPatterns(manifestFile, manifest.data.variables);
  const entry = join(root, 'dist', 'index.js');
  await access(entry).catch((cause: unknown) => {
    throw new ConfigurationError(`${entry} is missing. ${rebuild}`, { code: 'connector_missing', cause });
  });
  const files = options.files ?? (await hashFiles(join(root, 'dist')));
  return {
    id: manifest.data.id,
    version,
    packageName: name,
    manifest: manifest.data,
    folder: root,
    entry,
    integrity: integrityOf(files),
    files,
    source: options.source ?? 'folder',
  };
}

function checkPatterns(file: string, variables: Manifest['variables']): void {
  for (const [name, { pattern }] of Object.entries(variables)) {
    try {
      RegExp(pattern, 'u');
    } catch (cause) {
      const path = pointerOf(['variables', name, 'pattern']);
      throw new ConfigurationError(`${file} is not valid.\n${path}: must be a regular expression`, {
        code: 'connector_invalid',
        path,
        cause,
      });
    }
  }
}

async function readJson(file: string, remedy: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(`${file} cannot be read. ${remedy}`, { code: 'connector_missing', cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ConfigurationError(`${file} is not JSON. ${remedy}`, { code: 'connector_invalid', cause });
  }
}

function invalid(file: string, error: z.ZodError, remedy: string): ConfigurationError {
  const problems = error.issues.map(({ path, message }) => `${pointerOf(path)}: ${message}`);
  const [first] = error.issues;
  return new ConfigurationError(`${file} is not valid. ${remedy}\n${problems.join('\n')}`, {
    code: 'connector_invalid',
    path: pointerOf(first?.path ?? []),
  });
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
