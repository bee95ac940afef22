import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestOf } from '@onceover/contract';
import { connector } from './example-connector.fixture.ts';

export interface ConnectorFolder extends AsyncDisposable {
  folder: string;
}

/** The example connector as a build leaves it: package.json, dist/manifest.json, dist/index.js. */
export async function writeConnectorFolder(
  changes: { package?: unknown; manifest?: unknown; code?: string } = {},
): Promise<ConnectorFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'onceover-connector-'));
  await mkdir(join(folder, 'dist'));
  const module = join(import.meta.dirname, 'example-connector.fixture.ts');
  const files = {
    'package.json': JSON.stringify(
      changes.package ?? {
        name: '@onceover/connector-example',
        version: '1.2.3',
        type: 'module',
        onceover: { connector: 'example' },
      },
    ),
    'dist/manifest.json': JSON.stringify(changes.manifest ?? manifestOf(connector)),
    'dist/index.js': changes.code ?? `export { connector } from ${JSON.stringify(module)};\n`,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
