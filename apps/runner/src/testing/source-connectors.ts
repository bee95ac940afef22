import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Connector, manifestOf } from '@onceover/contract';
import { workspaceFolder } from '../package-folder.ts';

/** The connectors of the example, as their sources are: no build is needed, and none can be stale. */

export const exampleConnectors = ['stripe', 'hubspot', 'zendesk'] as const;
export type ExampleConnector = (typeof exampleConnectors)[number];

/** A vendor fake in this process. */
export interface TestSandbox {
  url: string;
  accessToken: string;
  webhookSecret: string;
  stop(): Promise<void>;
}

function sourceOf(id: ExampleConnector, ...path: string[]): string {
  return join(workspaceFolder() ?? '', 'connectors', id, 'src', ...path);
}

/** Tests, too, reach connectors by their folders alone: the runner imports none. */
async function importFile<Exports>(file: string): Promise<Exports> {
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Exports;
}

export async function startTestSandbox(
  id: ExampleConnector,
  options: { port?: number; accessToken?: string; webhookSecret?: string } = {},
): Promise<TestSandbox> {
  const { sandbox } = await importFile<{
    sandbox: { start(options: object): Promise<TestSandbox> };
  }>(sourceOf(id, 'sandbox', 'index.ts'));
  return sandbox.start(options);
}

/** A folder as a build would leave it, whose code is the connector's source. */
export async function writeConnectorFolder(
  id: ExampleConnector,
  changes: { code?: string; manifest?: (manifest: Record<string, unknown>) => unknown } = {},
): Promise<string> {
  const entry = sourceOf(id, 'index.ts');
  const { connector } = await importFile<{ connector: Connector }>(entry);
  const manifest = { ...manifestOf(connector) } as Record<string, unknown>;
  const folder = await mkdtemp(join(tmpdir(), `onceover-${id}-`));
  await mkdir(join(folder, 'dist'));
  const packageJson = await readFile(sourceOf(id, '..', 'package.json'), 'utf8');
  const files = {
    'package.json': packageJson,
    'dist/manifest.json': JSON.stringify(changes.manifest?.(manifest) ?? manifest),
    'dist/index.js': changes.code ?? `export { connector } from ${JSON.stringify(entry)};\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}
