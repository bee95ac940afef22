import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { packageFolder } from '../package-folder.ts';

/** A small connector as its author publishes it: a tarball whose code needs no other package. */

const run = promisify(execFile);

const source = (egress: readonly string[]) => `
import { defineConnector, defineOperation, manifestOf } from '@onceover/contract';
import { z } from 'zod';
const source = 'https://acme.example/docs';
export const connector = defineConnector({
  specVersion: 'v1', id: 'acme', title: 'Acme', domain: 'billing',
  auth: {
    kind: 'oauth2', authorizeUrl: 'https://acme.example/authorize', tokenUrl: 'https://acme.example/token',
    grants: ['authorization_code', 'refresh_token'], pkce: 'required', clientAuthentication: 'basic',
    tokenBody: 'form', scopeStyle: 'request',
    grantedFrom: { kind: 'scope-string', pointer: '/scope', separator: ' ' },
    refresh: { rotates: 'always', oldAccessDies: true, graceSeconds: 0 }, defaultLifetimeSeconds: 3600,
    credential: { header: 'Authorization', format: 'Bearer {accessToken}' },
    scopes: { 'invoices:read': { reason: 'Counts invoices.' } }, secrets: [], source,
  },
  egress: ${JSON.stringify(egress)}, answers: { message: ['/message'] },
  operations: [
    defineOperation({
      kind: 'read', name: 'invoices.count', summary: 'Counts invoices.', input: z.strictObject({}),
      output: z.strictObject({ count: z.number() }), scopes: ['invoices:read'], reads: ['GET /invoices/count'], source,
      run: async () => ({ count: 1 }),
    }),
  ],
  triggers: [],
});
export const manifest = manifestOf(connector);
`;

export interface AcmeChanges {
  version?: string;
  egress?: readonly string[];
  /** Members of package.json. */
  package?: Readonly<Record<string, unknown>>;
  /** Further files, or others, by their names; undefined leaves one out. */
  files?: Readonly<Record<string, string | undefined>>;
}

/** The files of the connector's package. */
export async function acmeFiles(changes: AcmeChanges = {}): Promise<Record<string, string>> {
  const { version = '1.0.0', egress = ['https://api.acme.example'] } = changes;
  const code = await bundleCode(source(egress));
  const packageJson = {
    name: '@acme/onceover-connector',
    version,
    type: 'module',
    exports: { '.': './dist/index.js', './package.json': './package.json' },
    files: ['dist'],
    onceover: { connector: 'acme' },
    ...changes.package,
  };
  const files = {
    'package.json': JSON.stringify(packageJson),
    'dist/index.js': code,
    'dist/manifest.json': JSON.stringify(await manifestIn(code)),
    ...changes.files,
  };
  const kept = Object.entries(files).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]));
  return Object.fromEntries(kept) as Record<string, string>;
}

/** @returns the tarball's path */
export async function packAcme(changes: AcmeChanges = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onceover-acme-'));
  for (const [name, text] of Object.entries(await acmeFiles(changes))) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return packFolder(folder);
}

/** What `npm pack` makes of a folder. */
export async function packFolder(folder: string): Promise<string> {
  const destination = await mkdtemp(join(tmpdir(), 'onceover-packed-'));
  const args = ['pack', folder, '--ignore-scripts', '--silent', '--pack-destination', destination];
  const { stdout } = await run('npm', args, { cwd: destination });
  return join(destination, stdout.trim());
}

export async function bundleCode(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: packageFolder(), loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@onceover/source'],
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

export async function manifestIn(code: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'onceover-acme-code-'));
  const file = join(folder, 'index.mjs');
  await writeFile(file, code);
  const { manifest } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { manifest: unknown };
  return manifest;
}
