import { build } from 'esbuild';
import { packageFolder } from '../package-folder.ts';
import { packFiles } from './pack.ts';

/** A small connector as its author publishes it: a tarball whose code needs no other package. */

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

const built = new Map<string, Promise<{ code: string; manifest: unknown }>>();

/** Bundled once for each: the contract and zod come along. */
function builtFor(egress: readonly string[]): Promise<{ code: string; manifest: unknown }> {
  const text = source(egress);
  const known = built.get(text);
  if (known !== undefined) return known;
  const made = bundleCode(text).then(async (code) => ({ code, manifest: await manifestIn(code) }));
  built.set(text, made);
  return made;
}

/** The files of the connector's package. */
export async function acmeFiles(changes: AcmeChanges = {}): Promise<Record<string, string>> {
  const { version = '1.0.0', egress = ['https://api.acme.example'] } = changes;
  const { code, manifest } = await builtFor(egress);
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
    'dist/manifest.json': JSON.stringify(manifest),
    ...changes.files,
  };
  const kept = Object.entries(files).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]));
  return Object.fromEntries(kept) as Record<string, string>;
}

/** @returns the tarball's path */
export async function packAcme(changes: AcmeChanges = {}): Promise<string> {
  return packFiles(await acmeFiles(changes));
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
  const url = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
  const { manifest } = (await import(/* @vite-ignore */ url)) as { manifest: unknown };
  return manifest;
}
