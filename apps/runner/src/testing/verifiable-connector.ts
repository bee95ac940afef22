import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bundleCode, manifestIn } from './acme-package.ts';
import { type ExtraFault, extraConnector, extraSandbox } from './verifiable-extras.ts';
import { type TemporaryFolder, writeFiles } from './write-files.ts';

/** A whole connector with a sandbox, of which each line of `connectors verify` can be broken. */

export type VerifyFault =
  | 'needs a file'
  | 'other manifest'
  | 'no sandbox'
  | 'no consent page'
  | 'undeclared call'
  | 'any token'
  | 'no refresh'
  | 'no revocation'
  | 'forgets keys'
  | 'refuses its own token'
  | 'changes its files'
  | 'a line fails'
  | 'another suite'
  | 'a suite that writes'
  | ExtraFault;

/** What it has that some lines need. */
export interface VerifiableOptions {
  /** Its sandbox needs a package. */
  hasPeer?: boolean;
  /** It exports a conformance suite. */
  hasSuite?: boolean;
  /** It subscribes to a webhook, has secrets to rotate, and writes of class B and C. */
  hasExtras?: boolean;
}

type Has = (fault: VerifyFault) => boolean;

/** A package that its sandbox imports, as an optional peer. */
export const sandboxPeer = 'acme-sandbox-peer';

const noExtras = { imports: '', secrets: '', operations: '', members: '', triggers: '' };

const connector = (has: Has, extras: typeof noExtras) => `
import { ${extras.imports} billing, defineConnector, idempotencyKey, implement, manifestOf } from '@onceover/contract';
${has('needs a file') ? "import { readFileSync } from 'node:fs';\nreadFileSync('/etc/hostname');" : ''}
const source = 'https://acme.example/docs';
export const connector = defineConnector({
  specVersion: 'v1', id: 'acme', title: 'Acme', domain: 'billing',
  auth: {
    kind: 'oauth2', authorizeUrl: 'https://acme.example/authorize', tokenUrl: 'https://api.acme.example/token',
    revokeUrl: 'https://api.acme.example/revoke', revocation: { style: 'rfc7009', ends: 'all', proof: '/me' },
    grants: ['authorization_code', 'refresh_token'], pkce: 'required', clientAuthentication: 'basic',
    tokenBody: 'form', scopeStyle: 'request',
    grantedFrom: { kind: 'scope-string', pointer: '/scope', separator: ' ' },
    refresh: { rotates: 'never', oldAccessDies: false, graceSeconds: 0 }, defaultLifetimeSeconds: 3600,
    credential: { header: 'Authorization', format: 'Bearer {accessToken}' },
    scopes: { 'customers:write': { reason: 'Creates customers.' } }, secrets: [${extras.secrets}], source,
  },
  egress: ['https://api.acme.example'], answers: { message: ['/error'] },
  operations: [
    implement(billing.customers.upsert, {
      guarantee: idempotencyKey({ header: 'Idempotency-Key', hours: 24 }), scopes: ['customers:write'],
      reads: [], writes: ['POST /customers'], source,
      async run({ records, http }) {
        const outcomes = [];
        for (const { record } of records) {
          const path = '${has('undeclared call') ? '/admin' : '/customers'}';
          const { json } = await http.request({ method: 'POST', path, json: { email: record.email } });
          outcomes.push({ outcome: json.created ? 'created' : 'updated', vendorId: json.id });
        }
        return outcomes;
      },
    }),
    ${extras.operations}
  ],
  ${extras.members}
  triggers: [${extras.triggers}],
});
export const manifest = manifestOf(connector);
`;

const nothingExtra: typeof extraSandbox = {
  state: '',
  effects: '',
  isClient: '() => true',
  control: '',
  calls: '',
};

const sandbox = (
  faults: readonly VerifyFault[],
  { hasPeer = false }: VerifiableOptions,
  extras: typeof extraSandbox,
) => `
${hasPeer ? `import '${sandboxPeer}';` : ''}
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
const has = (fault) => ${JSON.stringify(faults)}.includes(fault);
const own = 'acme-sandbox-token';
export const sandbox = {
  async start({ port = 0 }) {
    if (has('no sandbox')) throw new Error('no sandbox today');
    if (has('changes its files')) writeFileSync(new URL('./left.txt', import.meta.url), 'left');
    const valid = new Set(has('refuses its own token') ? [] : [own]);
    const refreshable = new Set();
    const customers = new Map();
    const keys = new Map();
    let number = 0;
    ${extras.state}
    const isClient = ${extras.isClient};
    const grant = () => {
      const access = 'access-' + (number += 1);
      const refresh = 'refresh-' + number;
      valid.add(access);
      refreshable.add(refresh);
      const scope = 'customers:write';
      return { access_token: access, refresh_token: refresh, expires_in: 3600, token_type: 'Bearer', scope };
    };
    const answer = (request, url, body) => {
      const form = new URLSearchParams(body);
      const token = (request.headers.authorization ?? '').replace('Bearer ', '');
      switch (request.method + ' ' + url.pathname) {
        case 'GET /authorize': {
          if (has('no consent page')) return [404, {}];
          const target = new URL(url.searchParams.get('redirect_uri'));
          target.searchParams.set('code', 'code');
          target.searchParams.set('state', url.searchParams.get('state'));
          return [302, {}, { location: target.href }];
        }
        ${extras.control}
        case 'POST /token':
          if (!isClient(request)) return [401, { error: 'invalid_client' }];
          if (form.get('grant_type') === 'authorization_code') return [200, grant()];
          if (has('no refresh') || !refreshable.has(form.get('refresh_token')))
            return [400, { error: 'invalid_grant' }];
          return [200, grant()];
        case 'POST /revoke':
          if (has('no revocation')) return [200, {}];
          refreshable.clear();
          for (const one of valid) if (one.startsWith('access-')) valid.delete(one);
          return [200, {}];
        case 'GET /_sandbox/ledger': {
          const effects = [...customers].map(([email, { count }]) => (
            { resource: 'billing.customers', naturalKey: email, vendorId: email, action: 'created', count }
          ));
          effects.push(${extras.effects});
          return [200, { effects, requests: 0 }];
        }
      }
      if (!valid.has(token) && !has('any token')) return [401, { error: 'unknown token' }];
      if (url.pathname === '/me') return [200, {}];
      ${extras.calls}
      if (request.method + ' ' + url.pathname !== 'POST /customers') return [404, { error: 'nothing here' }];
      const key = request.headers['idempotency-key'];
      if (keys.has(key) && !has('forgets keys')) return [200, keys.get(key)];
      const { email } = JSON.parse(body);
      const known = customers.get(email) ?? { count: 0 };
      customers.set(email, { count: known.count + 1 });
      const made = { id: email, created: true };
      keys.set(key, made);
      return [200, made];
    };
    const server = createServer(async (request, response) => {
      const body = await text(request);
      const [status, json, headers = {}] = await answer(request, new URL(request.url, 'http://127.0.0.1'), body);
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json));
    });
    await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
    return {
      url: 'http://127.0.0.1:' + server.address().port,
      accessToken: own,
      webhookSecret: 'acme-sandbox-secret',
      async stop() { server.closeAllConnections(); await new Promise((resolve) => server.close(resolve)); },
    };
  },
};
`;

/** In the shape that the kit's `defineConformance` gives. */
const suite = (has: Has) => `
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { manifest } from './index.js';
const connect = () => new Promise((resolve, reject) => createServer().once('error', reject).listen(0, resolve));
export const conformance = {
  manifest: ${has('another suite') ? "{ ...manifest, title: 'Acme of old' }" : 'manifest'},
  lines: [
    { about: 'manifest', name: 'it is valid', run() {} },
    { about: 'customers.upsert', name: 'it stays one', async run() {
      ${has('a line fails') ? "throw new Error('there are two');" : ''}
      ${has('a suite that writes') ? "writeFileSync(new URL('./left.txt', import.meta.url), 'left');" : ''}
    } },
    { about: 'customers.upsert', name: 'it sees no environment', async run() {
      const names = Object.keys(process.env).filter((name) => !name.startsWith('NODE_CHANNEL'));
      if (names.length > 0) throw new Error(names.join());
      const why = await connect().then(() => 'it listens', ({ code }) => code);
      if (why !== 'ERR_ACCESS_DENIED') throw new Error(why);
    } },
  ],
};
`;

/** The connector's built folder. */
export async function writeVerifiable(
  fault: VerifyFault | readonly VerifyFault[] = [],
  options: VerifiableOptions = {},
): Promise<TemporaryFolder> {
  const folder = await writeFiles({});
  const faults = [fault].flat();
  const has: Has = (one) => faults.includes(one);
  const { hasPeer = false, hasExtras = false, hasSuite = false } = options;
  const code = await bundleCode(connector(has, hasExtras ? extraConnector(has) : noExtras));
  const manifest = await manifestIn(code);
  const changed = { ...(manifest as object), title: 'Acme of old' };
  const files = {
    'package.json': JSON.stringify({
      name: '@acme/onceover-connector',
      version: '1.0.0',
      type: 'module',
      exports: {
        '.': { default: './dist/index.js' },
        './sandbox': { default: './dist/sandbox.js' },
        ...(hasSuite && { './conformance': { default: './dist/conformance.js' } }),
        './package.json': './package.json',
      },
      files: ['dist'],
      ...(hasPeer && {
        peerDependencies: { [sandboxPeer]: '^1.0.0' },
        peerDependenciesMeta: { [sandboxPeer]: { optional: true } },
      }),
      onceover: { connector: 'acme' },
    }),
    'dist/index.js': code,
    'dist/manifest.json': JSON.stringify(has('other manifest') ? changed : manifest),
    ...(hasSuite && { 'dist/conformance.js': suite(has) }),
    'dist/sandbox.js': sandbox(faults, options, hasExtras ? extraSandbox : nothingExtra),
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), content);
  }
  return folder;
}
